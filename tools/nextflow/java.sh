# Sourced by tools/install-nextflow and by the launcher, so that both choose the same Java.

# find_java CACHE: sets JAVA_CMD, looked for where the official launcher looks, and java_major (17, 21, ...);
# ends the script with one sentence where there is no Java, or none that Nextflow can use.
find_java() {
  local problem
  choose_java
  java_major=
  if [[ -x $JAVA_CMD ]]; then
    read_java_major "$1"
  fi
  if [[ $java_major -ge 17 ]]; then
    return 0
  elif [[ $java_major ]]; then
    problem="$JAVA_CMD is version $java_major"
  elif [[ -x $JAVA_CMD ]]; then
    problem="$JAVA_CMD does not run"
  else
    problem="there is none${JAVA_CMD:+ at $JAVA_CMD}"
  fi
  echo "Nextflow needs Java 17 or newer, and $problem: install one (sudo apt-get install openjdk-17-jre-headless) or set JAVA_HOME." >&2
  exit 1
}

choose_java() {
  local macos=/usr/libexec/java_home home
  if [[ $NXF_JAVA_HOME ]]; then
    JAVA_HOME=$NXF_JAVA_HOME
    JAVA_CMD=
  fi
  if [[ -f $JAVA_CMD && -x $JAVA_CMD ]]; then
    return 0
  elif [[ -d $JAVA_HOME ]]; then
    JAVA_CMD=$JAVA_HOME/bin/java
  elif [[ -x $macos ]] && home=$("$macos" -v 17+ 2>/dev/null); then
    JAVA_CMD=$home/bin/java
  else
    JAVA_CMD=$(type -P java || true)
  fi
}

# Asking java itself costs the start of a JVM, so that is done only for a java without the JDK's `release` file
# (a version manager's shim), and its answer is kept in CACHE until the java changes.
read_java_major() {
  local cache=$1 home line cached
  home=$(readlink -f "$JAVA_CMD")
  home=${home%/bin/java}
  if [[ -r $home/release ]]; then
    while read -r line; do
      if [[ $line =~ ^JAVA_VERSION=\"([0-9]+) ]]; then
        java_major=${BASH_REMATCH[1]}
      fi
    done <"$home/release"
  elif [[ $cache -nt $JAVA_CMD ]] && read -r line cached <"$cache" && [[ $cached == "$JAVA_CMD" ]]; then
    java_major=$line
  elif [[ $("$JAVA_CMD" -version 2>&1) =~ version\ \"([0-9]+) ]]; then
    java_major=${BASH_REMATCH[1]}
    echo "$java_major $JAVA_CMD" 2>/dev/null >"$cache" || true # a folder that is not ours costs time only
  fi
}
