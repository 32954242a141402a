# Sourced by what installs into .venv.

# How a site has set up pip that is to hold here, too. Not where it installs to, for whom, and which versions.
of_site=(index-url extra-index-url find-links no-index cert client-cert proxy trusted-host keyring-provider timeout
  retries cache-dir)

# setting NAME: what pip was configured with, by its files or variables, several values between blanks
setting() {
  local value words
  value=$(sed -n "s/^[^ ]*\.$1='\(.*\)'$/\1/p" <<<"$pip_settings" | head -n 1)
  read -ra words <<<"${value//\\n/ }"
  echo "${words[*]-}"
}

# isolate_pip PYTHON: from now on pip installs into .venv whatever its files and variables say of another place
isolate_pip() {
  local name variable value
  pip_settings=$("$1" -m pip --disable-pip-version-check config list)
  unset "${!PIP_@}"
  for name in "${of_site[@]}"; do
    value=$(setting "$name")
    variable=PIP_$(sed 'y/abcdefghijklmnopqrstuvwxyz-/ABCDEFGHIJKLMNOPQRSTUVWXYZ_/' <<<"$name")
    [[ ! $value ]] || export "$variable=$value"
  done
  export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
}
