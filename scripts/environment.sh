# Sourced by serve, test, check and lock: brings what they need onto the machine, once.
# Everything here is skipped within milliseconds when it is there already.

set -euo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
VENV=$ROOT/.venv
STAMP=$VENV/yutu.stamp
VENDOR=$ROOT/maps/assets/vendor
trap 'exit 130' INT

say() { printf '%s  %s\n' "$1" "$2" >&2; }

stop() {
  say "$1" "$2"
  exit 2
}

# Run a program quietly; when it fails, show the end of what it said.
quietly() {
  local log failed=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || failed=1
  [ $failed -eq 0 ] || tail -n 25 "$log" >&2
  rm -f "$log"
  return $failed
}

has_postgis() {
  [ -n "${YUTU_DATABASE_URL:-}" ] && return
  compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null && return
  command -v pg_config >/dev/null && [ -e "$(pg_config --sharedir)/extension/postgis.control" ]
}

has_chromium() { command -v chromium >/dev/null || command -v google-chrome >/dev/null; }

# Playwright's own node is linked to it.
has_libatomic() { compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null; }

has_chinese_font() { compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null; }

has_office() { command -v soffice >/dev/null || command -v libreoffice >/dev/null; }

has_poppler() { command -v pdfinfo >/dev/null && command -v pdftotext >/dev/null; }

# "root", "sudo" or nothing: how packages of the system may be installed.
who_installs() {
  if ! command -v apt-get >/dev/null; then
    return
  elif [ "$(id -u)" -eq 0 ]; then
    echo root
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    echo sudo
  fi
}

# Debian makes and starts a database of its own with PostgreSQL's packages. Nobody asked for that:
# it is told not to, for as long as the installation takes.
APT='
  no_cluster=/etc/postgresql-common/createcluster.d/yutu.conf
  trap "rm -f $no_cluster" EXIT
  mkdir -p "${no_cluster%/*}"
  echo "create_main_cluster = false" >$no_cluster
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  apt-get update -q || echo "apt-get update failed"
  apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
'

apt_install() {
  local who
  who=$(who_installs)
  say "安装系统软件包：$*" "installing system packages"
  case $who in
    root) quietly sh -c "$APT" sh "$@" ;;
    sudo)
      sudo -v
      quietly sudo sh -c "$APT" sh "$@"
      ;;
    *) return 1 ;;
  esac
}

need_packages() {
  local missing=()
  if [ ! -e "$STAMP" ]; then
    command -v python3 >/dev/null || missing+=(python3)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  fi
  has_postgis || missing+=(postgresql-postgis)
  [ ${#missing[@]} -eq 0 ] && return
  if [ -z "$(who_installs)" ]; then
    say "请由管理员运行下面的命令，然后重试。" "Let an administrator run this, then try again:"
    printf '  sudo apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 2
  fi
  apt_install "${missing[@]}" || stop "系统软件包没有装上。" "The system packages were not installed."
}

# What only some tests need; without it those tests say so.
want_packages() {
  local missing=()
  has_chromium || missing+=(chromium)
  has_chinese_font || missing+=(fonts-noto-cjk)
  has_libatomic || missing+=(libatomic1)
  has_office || missing+=(libreoffice-writer-nogui)
  has_poppler || missing+=(poppler-utils)
  [ ${#missing[@]} -eq 0 ] && return
  apt_install "${missing[@]}" ||
    say "没有装上 ${missing[*]}，要用到的测试将跳过。" "not installed; tests that need them will be skipped"
}

# What the environment must have been built from: this folder, this Python, these versions.
base_mark() { echo "$ROOT $("$VENV/bin/python" -V 2>/dev/null)"; }
run_mark() { (cd "$ROOT" && cat requirements.txt pyproject.toml | sha256sum); }
dev_mark() { (cd "$ROOT" && cat requirements-dev.txt | sha256sum); }

marks() {
  echo "base $(base_mark)"
  echo "run $(run_mark)"
  [ "$1" = run ] || echo "dev $(dev_mark)"
}

# An environment for tests is good for the service too.
is_built() {
  local line
  [ -e "$STAMP" ] || return 1
  while IFS= read -r line; do
    grep -qxF "$line" "$STAMP" || return 1
  done < <(marks "$1")
}

need_environment() {
  is_built "$1" && return
  # One builder at a time; a second one finds it built.
  exec 9<"$ROOT/requirements.txt"
  flock 9
  is_built "$1" || build_environment "$1"
  exec 9<&-
}

build_environment() {
  local file=requirements.txt
  [ "$1" = dev ] && file=requirements-dev.txt
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "需要 Python 3.11 或更新的版本。" "Python 3.11 or newer is needed."
  # Without a stamp it was interrupted; of another folder or Python it cannot be mended.
  if [ ! -e "$STAMP" ] || ! grep -qxF "base $(base_mark)" "$STAMP"; then
    rm -rf "$VENV"
    quietly python3 -m venv "$VENV"
  fi
  rm -f "$STAMP"
  pip_install "$file"
  # compat: the folder on the path. The other way is a finder that every start would pay 50 ms for.
  quietly "$VENV/bin/python" -m pip install --no-deps --no-build-isolation \
    --config-settings editable_mode=compat -e "$ROOT"
  marks "$1" >"$STAMP.new"
  mv "$STAMP.new" "$STAMP"
}

pip_install() {
  local file=$ROOT/$1 line count=0 total
  total=$(grep -c == "$file")
  say "安装 Python 软件包（第一次需要几分钟）……" "installing Python packages (minutes, the first time)"
  : >"$VENV/install.log"
  "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check --require-hashes \
    -r "$file" 2>&1 </dev/null | while IFS= read -r line; do
    printf '%s\n' "$line" >>"$VENV/install.log"
    case $line in
      Collecting* | Processing*) count=$((count + 1)) ;;
      Installing*) say "  写入 $count 个软件包……" "writing $count packages" ;;
      *) continue ;;
    esac
    [ ! -t 2 ] || printf '  %d/%d\r' "$count" "$total" >&2
  done || {
    tail -n 25 "$VENV/install.log" >&2
    stop "Python 软件包没有装上；修好后重试即可。" "The Python packages were not installed; mend it and try again."
  }
}

vendor_mark() { (cd "$ROOT" && cat maps/assets/package-lock.json maps/vendor.py geo/facilities/kinds.py | sha256sum); }

need_browser_files() {
  [ "$(cat "$VENDOR/.stamp" 2>/dev/null)" = "$(vendor_mark)" ] && return
  say "取地图的浏览器文件……" "fetching the map's browser files"
  (cd "$ROOT" && quietly "$VENV/bin/python" -m maps.vendor) ||
    stop "浏览器文件没有取到；修好后重试即可。" "The browser files were not fetched; mend it and try again."
  vendor_mark >"$VENDOR/.stamp"
}
