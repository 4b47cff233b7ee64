"""A real ClickHouse server without containers: Debian's, version 18.16, with a configuration of its own (`shared/TRAPS.md` has the recipe).

It speaks the native protocol and HTTP as newer ones do, but has no DateTime64, no tokens and no window functions: a test makes tables of what
there is.

`python -m tests.served.clickhouse --data DIR` runs one in the foreground, for developers.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from sinks.clickhouse_address import Server
from tests.served.needed import needed
from tests.served.process import NotReadyError, free_port, is_free, launch, wait_until

START_S = 60.0
"""It answers after about 3 s; where cores are shared with other tests it takes longer."""
STOP_S = 30.0
HOW = "install Debian's clickhouse-server (apt-get install clickhouse-server) without starting its service"
PASSWORDS: Mapping[str, str] = {"ucc": "secret of ucc", "analyst": "secret of analyst"}
"""By user. `analyst` may only read."""
DATABASE = "ucc"
CLUSTER = "north"
"""Of two shards, as the configuration tells it: nobody is there."""


def program() -> str:
    """The server's program; the test that asks fails or is skipped where there is none."""
    found = shutil.which("clickhouse-server") or shutil.which("clickhouse-server", path="/usr/sbin:/usr/bin")
    needed("clickhouse-server", found is not None, HOW)
    assert found is not None
    return found


class ClickHouse:
    """One server. Its addresses stay the same over restarts, and so does its data."""

    def __init__(self, folder: Path, *, certificate: tuple[Path, Path] | None = None) -> None:
        """Nothing is started yet. Data, configuration, passwords and `server.log` lie in `folder`. `certificate`: with its key, for TLS."""
        self.folder, self.log = folder, folder / "server.log"
        self.port, self.http_port = free_port(), free_port()
        self.secure_port, self.https_port = (free_port(), free_port()) if certificate else (0, 0)
        self._certificate = certificate
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As `UCC_WAREHOUSE` says it."""
        return f"clickhouse://ucc@127.0.0.1:{self.port}/{DATABASE}?http_port={self.http_port}"

    @property
    def pid(self) -> int:
        """Of the process, for SIGSTOP and the like."""
        assert self._process is not None, "it was never started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def password_file(self, user: str = "ucc") -> Path:
        """Holds the password of a user."""
        path = self.folder / f"{user}.password"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{PASSWORDS[user]}\n", encoding="utf-8")
        return path

    def server(self, database: str = DATABASE, *, user: str = "ucc", namespace: str = "") -> Server:
        """As our settings say it."""
        url = f"clickhouse://{user}@127.0.0.1:{self.port}/{database}?http_port={self.http_port}"
        return Server.at(url, namespace=namespace, password_file=self.password_file(user))

    def env(self, namespace: str = "") -> dict[str, str]:
        """Our settings as environment variables."""
        return {"UCC_WAREHOUSE": self.url, "UCC_WAREHOUSE_PASSWORD_FILE": str(self.password_file()), "UCC_NAMESPACE": namespace}

    def start(self, *, wait: bool = True) -> None:
        """Starts it where it does not run, and waits until it answers."""
        if self.running:
            return
        configuration = self._written()
        for port in (self.port, self.http_port):
            if not is_free(port):
                raise NotReadyError(f"somebody else listens at 127.0.0.1:{port}")
        self._process = launch([program(), f"--config-file={configuration}"], self.log)
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until it answers."""
        assert self._process is not None, "it was never started"
        wait_until(self.answers, self._process, self.log, seconds=START_S)

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/", timeout=5) as reply:
                return bool(reply.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """SIGTERM, as an operator would; killed when it does not end within 30 s."""
        if self._process is None or not self.running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: as if the power went, but what the kernel has is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stops it, and starts it again on the same addresses and data."""
        self.stop()
        self.start()

    def ask(self, sql: str, database: str = "default") -> str:
        """A statement as its administrator, past all of ours; the answer in TSV."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}/?database={database}", data=sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310  loopback
                return str(reply.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode(errors="replace")) from error

    def _written(self) -> Path:
        """Its configuration, as a file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in ("data", "tmp"):
            (self.folder / part).mkdir(exist_ok=True)
        users = self.folder / "users.xml"
        users.write_text(_users(), encoding="utf-8")
        configuration = self.folder / "config.xml"
        configuration.write_text(self._config(users), encoding="utf-8")
        return configuration

    def _config(self, users: Path) -> str:
        said: dict[str, object] = {
            "http_port": self.http_port,
            "tcp_port": self.port,
            "listen_host": "127.0.0.1",
            "path": f"{self.folder / 'data'}/",
            "tmp_path": f"{self.folder / 'tmp'}/",
            "users_config": users,
            "mark_cache_size": 16_000_000,
            "default_profile": "default",
            "default_database": "default",
            "mlock_executable": "false",
        }
        secure = ""
        if self._certificate:
            certificate, key = self._certificate
            said |= {"tcp_port_secure": self.secure_port, "https_port": self.https_port}
            secure = f"<openSSL><server><certificateFile>{certificate}</certificateFile><privateKeyFile>{key}</privateKeyFile>"
            secure += "<verificationMode>none</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile></server></openSSL>"
        shards = "<shard><replica><host>127.0.0.1</host><port>1</port></replica></shard>" * 2
        said_of_others = f"<remote_servers><{CLUSTER}>{shards}</{CLUSTER}></remote_servers><macros><shard>1</shard></macros>"
        told = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in said.items())
        return f"<yandex><logger><level>warning</level><console>1</console></logger>{told}{secure}{said_of_others}</yandex>\n"


def _users() -> str:
    def user(name: str, password: str, profile: str) -> str:
        network = "<networks><ip>127.0.0.1</ip></networks>"
        return f"<{name}><password>{escape(password)}</password>{network}<profile>{profile}</profile><quota>default</quota></{name}>"

    all_users = user("default", "", "default") + "".join(user(n, p, "reading" if n == "analyst" else "default") for n, p in PASSWORDS.items())
    profiles = "<default></default><reading><readonly>1</readonly></reading>"
    return f"<yandex><profiles>{profiles}</profiles><quotas><default></default></quotas><users>{all_users}</users></yandex>\n"


def main() -> None:
    """Runs one until it is told to end."""
    told = argparse.ArgumentParser(description=main.__doc__)
    told.add_argument("--data", type=Path, required=True)
    server = ClickHouse(told.parse_args().data)
    server.start()
    sys.stdout.write(f"{server.url} UCC_WAREHOUSE_PASSWORD_FILE={server.password_file()}\n")
    sys.stdout.flush()
    try:
        while server.running:
            time.sleep(0.5)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
