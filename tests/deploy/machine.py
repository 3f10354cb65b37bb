"""A server to try docs/deploy.md on: a folder for its root, and shims for what only root may do.

The document's commands run as they are written, except that the folders of the server are moved
below a temporary one and the ports are free ones. `systemctl` really starts and stops the program.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from tests.ports import free_port
from tests.scale.running import ROOT

GIT = shutil.which("git") or "git"
BLOCK = re.compile(r"^```sh(?P<mark>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)

SUDO = """#!/bin/bash
while [[ "${1:-}" == -* ]]; do case "$1" in -u) shift 2;; *) shift;; esac; done
AS_ROOT=1 exec "$@"
"""
GIT_SHIM = """#!/bin/bash
# /opt/dianban belongs to root there, and git works for nobody else in it.
if [[ -z "${AS_ROOT:-}" && "$PWD $*" == *"$MACHINE/opt/dianban"* ]]; then
  echo "fatal: detected dubious ownership in repository at '$PWD'" >&2; exit 128
fi
exec "$REAL_GIT" "$@"
"""
INSTALL = """#!/bin/bash
args=()
while (($#)); do case "$1" in -o|-g) shift 2;; *) args+=("$1"); shift;; esac; done
exec /usr/bin/install "${args[@]}"
"""
SUDOEDIT = """#!/bin/bash
cp "$MACHINE/edits/$(basename "$1")" "$1"
"""
MAKE = """#!/bin/bash
[[ "${1:-}" == -C ]] && cd "$2"
ln -sfn "$VENV" .venv
"""
CERTBOT = """#!/bin/bash
while [[ "$1" != --domain ]]; do shift; done
domain="$2"
folder="$MACHINE/etc/letsencrypt/live/$domain"
mkdir -p "$folder"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$domain" \\
  -keyout "$folder/privkey.pem" -out "$folder/fullchain.pem" 2>/dev/null
"""
NGINX = """#!/bin/bash
PATH="$PATH:/usr/sbin:/sbin"
echo "pid $MACHINE/nginx.pid; error_log stderr; events {}" > "$MACHINE/nginx.conf"
echo "http { include $MACHINE/etc/nginx/conf.d/*.conf; }" >> "$MACHINE/nginx.conf"
exec "$REAL_NGINX" -p "$MACHINE" -c "$MACHINE/nginx.conf" "$@"
"""
SYSTEMCTL = """#!/bin/bash
pidfile="$MACHINE/dianban.pid"
stop() {
  [[ -f "$pidfile" ]] || return 0
  pid=$(cat "$pidfile"); kill -TERM "$pid" 2>/dev/null
  for _ in $(seq 400); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -KILL -- "-$pid" 2>/dev/null
  rm -f "$pidfile"
}
start() {
  unit="$MACHINE/etc/systemd/system/dianban.service"
  cd "$(sed -n 's/^WorkingDirectory=//p' "$unit" | sed "s#^/opt#$MACHINE/opt#")" || exit 1
  command=$(sed -n 's/^ExecStart=//p' "$unit" | sed -E "s#/(opt|etc)/#$MACHINE/\\1/#g")
  setsid $command >>"$MACHINE/journal" 2>&1 </dev/null &
  echo $! > "$pidfile"
}
oneshot() {
  unit="$MACHINE/etc/systemd/system/$1"
  export $(sed -n 's/^Environment=//p' "$unit" | sed "s#/etc/#$MACHINE/etc/#g")
  while read -r line; do
    (cd "$MACHINE/opt/dianban" && eval "$line") || exit 1
  done < <(sed -nE 's/^ExecStart(Pre|Post)?=//p' "$unit" |
    sed -E "s#/(opt|etc|var)/#$MACHINE/\\1/#g" | sed 's/%%/%/g; s/[$][$]/$/g')
}
case "$* " in
  list-timers*|daemon-reload*|*nginx*|disable*.timer*|enable*dianban-pgdump.timer*) ;;
  start*dianban-backup.service*|start*dianban-pgdump.service*) oneshot "$2";;
  enable*dianban.service*|start*dianban*) start;;
  restart*dianban*) stop; start;;
  stop*dianban*) stop;;
  *) echo "systemctl $*: not known here" >&2; exit 1;;
esac
"""
FOLDERS = ("opt", "edits", "etc/systemd/system", "etc/nginx/conf.d", "var/lib", "var/log/nginx")
SHIMS = {
    "sudo": SUDO, "git": GIT_SHIM, "install": INSTALL, "sudoedit": SUDOEDIT, "make": MAKE,
    "certbot": CERTBOT, "nginx": NGINX, "systemctl": SYSTEMCTL,
    "apt-get": "#!/bin/bash\n", "useradd": "#!/bin/bash\n", "groupadd": "#!/bin/bash\n",
}  # fmt: skip


def blocks(markdown: str) -> dict[str, str]:
    """Heading → its shell commands, without those that the document marks `no-run`."""
    found = {}
    for part in re.split(r"^## ", markdown, flags=re.MULTILINE)[1:]:
        heading = part.partition("\n")[0]
        bodies = [m["body"] for m in BLOCK.finditer(part) if "no-run" not in m["mark"]]
        found[heading] = "\n".join(bodies)
    return found


class Machine:
    """The temporary server; `run` executes a section of the document on it."""

    def __init__(self, folder: Path, nginx: str) -> None:
        self.root = folder
        self.port = free_port()
        self._web = {"80": free_port(), "443": free_port()}
        self._nginx = nginx
        shims = folder / "bin"
        shims.mkdir(parents=True)
        for name, text in SHIMS.items():
            (shims / name).write_text(text, encoding="utf-8")
            (shims / name).chmod(stat.S_IRWXU)
        for name in (
            "opt",
            "edits",
            "etc/systemd/system",
            "etc/nginx/conf.d",
            "var/lib",
            "var/log/nginx",
        ):
            (folder / name).mkdir(parents=True)
        self._publish_source()

    def run(self, script: str) -> str:
        """To its end, stopping at the first command that fails; what it printed."""
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", self._moved(script)],
            cwd=self.root,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{self.journal()}"
        return done.stdout

    def edit(self, name: str, text: str) -> None:
        """What a person will write when the document says `sudoedit` of a file of this name."""
        (self.root / "edits" / name).write_text(text, encoding="utf-8")

    def journal(self) -> str:
        path = self.root / "journal"
        return path.read_text(encoding="utf-8")[-3000:] if path.exists() else ""

    def publish(self, name: str, text: str) -> None:
        """A new version of the program appears in the repository, with one more file."""
        path = self._source / name
        path.write_text(text, encoding="utf-8")
        self._git("add", "-f", name)
        self._git("commit", "-q", "-m", "A newer version")

    def _moved(self, script: str) -> str:
        script = re.sub(r"(?<![\w$}/])/(opt|etc|var)/", rf"{self.root}/\1/", script)
        script = script.replace("https://git.example.com/dianban.git", f"file://{self._source}")
        script = script.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        # The nginx file keeps its paths and ports: move them once it is in its place.
        conf = f"{self.root}/etc/nginx/conf.d/dianban.conf"
        moved = (
            f"grep -q {self.root} {conf} || "
            f"sed -i -E 's#/(etc|var)/#{self.root}/\\1/#g; s#127.0.0.1:8000#127.0.0.1:{self.port}#;"
        )
        for old, new in self._web.items():
            moved += f" s#listen {old}#listen {new}#; s#listen \\[::\\]:{old}.*##;"
        moved += f"' {conf}\n"
        return script.replace("sudo nginx -t", moved + "sudo nginx -t")

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root / 'bin'}:{os.defpath}:/usr/bin:/bin",
            "HOME": str(self.root),
            "MACHINE": str(self.root),
            "VENV": str(Path(sys.executable).parents[1]),
            "REAL_NGINX": self._nginx,
            "REAL_GIT": GIT,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _publish_source(self) -> None:
        """The working tree as it is, as a repository to clone."""
        self._source = self.root / "source"
        self._source.mkdir()
        listed = subprocess.run(
            [GIT, "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file() and not name.startswith((".venv", "tests/")):
                target = self._source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
        self._git("init", "-q", "-b", "main")
        self._git("add", "-f", ".")
        self._git("commit", "-q", "-m", "The program")

    def _git(self, *command: str) -> None:
        subprocess.run(
            [GIT, "-c", "user.name=t", "-c", "user.email=t@example.com", *command],
            cwd=self._source, check=True, timeout=60, capture_output=True,
        )  # fmt: skip
