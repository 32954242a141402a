# Sourced by tools/install-nextflow and by the launcher, so that both choose the same Java.

# find_java CACHE OWN: sets JAVA_CMD and java_major (17, 21, ...) to the first Java that Nextflow can use: one that a
# variable names, then that of .venv (OWN, where make setup found no other), then one of the system. Without any it
# returns 1, and no_java says why in a few words.
find_java() {
  local candidates=()
  no_java=
  list_javas "$2"
  for JAVA_CMD in "${candidates[@]}"; do
    java_major=
    if [[ -x $JAVA_CMD ]]; then
      read_java_major "$1"
    fi
    if [[ $java_major -ge 17 ]]; then
      return 0
    elif [[ $no_java ]]; then
      : # the first that was asked for is the one to be told of
    elif [[ $java_major ]]; then
      no_java="$JAVA_CMD is version $java_major"
    elif [[ -x $JAVA_CMD ]]; then
      no_java="$JAVA_CMD does not run"
    else
      no_java="there is none at $JAVA_CMD"
    fi
  done
  no_java=${no_java:-there is none}
  return 1
}

list_javas() {
  local own=$1/bin/java macos=/usr/libexec/java_home home
  if [[ $NXF_JAVA_HOME ]]; then
    candidates+=("$NXF_JAVA_HOME/bin/java")
  fi
  if [[ -f $JAVA_CMD && -x $JAVA_CMD ]]; then
    candidates+=("$JAVA_CMD")
  fi
  if [[ -d $JAVA_HOME ]]; then
    candidates+=("$JAVA_HOME/bin/java")
  fi
  if [[ -x $own ]]; then
    candidates+=("$own")
  fi
  if [[ -x $macos ]] && home=$("$macos" -v 17+ 2>/dev/null); then
    candidates+=("$home/bin/java")
  fi
  if home=$(type -P java); then
    candidates+=("$home")
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
