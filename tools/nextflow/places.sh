# Sourced by the launcher: sees that Nextflow can write where it will, and can read the names that it is given.

# Java takes names of files as the locale has letters, and in that of C there are only those of English. Python goes over
# to UTF-8 there by itself, and so do we; of another locale without the letters it is said.
# use_utf8 NAME...: the names that matter.
use_utf8() {
  local letters="$*" named=$LC_ALL$'\n'$LC_CTYPE$'\n'$LANG
  named=${named#"${named%%[!$'\n']*}"}
  case ${named%%$'\n'*} in
    *[Uu][Tt][Ff]-8* | *[Uu][Tt][Ff]8*) ;;
    '' | C | POSIX)
      export LC_CTYPE=C.UTF-8
      [[ ! $LC_ALL ]] || export LC_ALL=C.UTF-8
      ;;
  esac
  if [[ $letters == *[^[:ascii:]]* && $(locale charmap 2>/dev/null || echo UTF-8) != UTF-8 ]]; then
    die "The locale (${named%%$'\n'*}) lacks letters that a path here has: launch with LC_ALL=C.UTF-8, or another locale of UTF-8 that this machine has (locale -a)."
  fi
}

check_places() {
  local temporary=${NXF_TEMP:-${TMPDIR:-/tmp}}
  [[ -d $temporary ]] || die "The folder for temporary files ($temporary) is not there: make it, or set TMPDIR to another folder."
  check_place "NXF_HOME ($NXF_HOME)" "$NXF_HOME" "set NXF_HOME to a folder of yours"
  check_place "The folder for temporary files ($temporary)" "$temporary" "set TMPDIR to another folder"
  if [[ ! $NXF_CACHE_DIR ]]; then # who sets that has -log and -work-dir elsewhere as well
    check_place "The folder that this is launched from ($PWD)" "$PWD" "launch from a folder of yours, and give the pipeline by its path"
  fi
}

# check_place NAME FOLDER REMEDY: ends with one sentence if no file can be written there; what is missing would be made.
check_place() {
  local folder=$2 probe reason
  [[ $folder == /* ]] || folder=$PWD/$folder
  until [[ -e $folder || ! $folder ]]; do
    folder=${folder%/*}
  done
  probe=$folder/.nextflow-probe-$$
  if reason=$({ printf '%8192s' '' >"$probe"; } 2>&1); then
    rm -f "$probe"
    return 0
  fi
  rm -f "$probe" 2>/dev/null
  die "$1 cannot be written to: ${reason##*: }. Free some space there, or $3."
}
