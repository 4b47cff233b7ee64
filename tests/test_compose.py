"""docker-compose.yml names nothing that does not exist: commands, settings, ports, paths, secrets. No image is run: none can be here."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from schemas.brokers import Brokers
from sinks.analysts_views import analysts_of
from tests.docs.test_words import wrong_with
from tests.served.clickhouse import ClickHouse
from tests.served.kafka import Broker
from ucc.settings import Settings, brokers, settings
from ucc.warehouse import server

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OUR_IMAGE = f"ucc:{PROJECT['project']['version']}"
OURS = {name: service for name, service in SERVICES.items() if service["image"] == OUR_IMAGE}
ONCE = {"secrets", "topics", "migrate"}
"""Services that do something and end."""
PROFILES = ("laptop", "district")
SCRIPT = ROOT / "docker/first-start.sh"
OF_A_BROKER = re.compile(r"KAFKA_(?!HEAP_OPTS$)[A-Z_]+")
every_service = pytest.mark.parametrize("name", SERVICES)
every_profile = pytest.mark.parametrize("profile", PROFILES)


def filled(value: str, chosen: dict[str, str] | None = None) -> str:
    """With `${NAME:-default}` replaced, as compose does."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: (chosen or {}).get(found.group(1), found.group(2)), value)


def chosen_by(profile: str) -> dict[str, str]:
    """The variables of a profile's file."""
    lines = (ROOT / f"docker/{profile}.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def in_profile(profile: str) -> dict[str, dict[str, Any]]:
    """Services that a profile starts."""
    return {name: service for name, service in SERVICES.items() if profile in service.get("profiles", PROFILES)}


def environment(name: str) -> dict[str, str]:
    """What a service is told."""
    return {key: str(value) for key, value in SERVICES[name].get("environment", {}).items()}


def said(value: object) -> str:
    """A command or a check as one text."""
    return " ".join(value) if isinstance(value, list) else str(value)


# what is started


def test_the_parts_of_an_installation_are_there() -> None:
    kafka = {"kafka", "kafka-1", "kafka-2", "kafka-3"}
    assert set(SERVICES) == {*ONCE, *kafka, "clickhouse", "worker", "sink", "doors", "prometheus", "grafana"}
    assert set(OURS) == {*ONCE, "worker", "sink", "doors"}


@every_service
def test_every_image_is_pinned(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(\.\d+)?", image), image
    assert (image == OUR_IMAGE) == ("build" in SERVICES[name])


@pytest.mark.parametrize("name", sorted(set(OURS) - {"secrets"}))
def test_every_command_is_one_of_ours_with_options_that_it_has(name: str) -> None:
    assert "entrypoint" not in OURS[name]
    assert wrong_with([str(word) for word in OURS[name]["command"]]) == ""


@every_service
def test_every_service_has_a_bound_of_memory_a_restart_policy_and_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", filled(service["deploy"]["resources"]["limits"]["memory"]))
    assert service["restart"] == ("on-failure:5" if name in ONCE else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONCE)


@every_profile
def test_what_a_profile_promises_fits_the_machine_that_its_file_names(profile: str) -> None:
    chosen = chosen_by(profile)
    gigabytes = {"m": 1 / 1024, "g": 1.0}
    limits = {name: filled(service["deploy"]["resources"]["limits"]["memory"], chosen) for name, service in in_profile(profile).items()}
    copies = {name: int(filled(str(service["deploy"].get("replicas", 1)), chosen)) for name, service in in_profile(profile).items()}
    total = sum(copies[name] * int(limit[:-1]) * gigabytes[limit[-1]] for name, limit in limits.items())
    promised = re.search(r"(\d+) GB", (ROOT / f"docker/{profile}.env").read_text("utf-8"))
    assert promised is not None
    assert total < int(promised.group(1))


def test_the_files_of_the_profiles_set_exactly_what_is_asked_for() -> None:
    asked = set(re.findall(r"\$\{(\w+):-", TEXT))
    assert not re.search(r"\$\{?\w+\}?(?!:-)", re.sub(r"\$\{\w+:-[^}]*\}", "", TEXT)), "every variable has a default"
    for profile in PROFILES:
        chosen = chosen_by(profile)
        assert set(chosen) == {*asked, "COMPOSE_PROFILES"}
        assert chosen["COMPOSE_PROFILES"] == profile
    assert {filled(f"${{{found[0]}:-{found[1]}}}", chosen_by("laptop")) == found[1] for found in re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT)} == {True}


# who waits for whom


@every_service
def test_a_service_waits_only_for_what_there_is_and_for_what_that_one_can_be(name: str) -> None:
    for other, wish in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        assert wish["condition"] == ("service_completed_successfully" if other in ONCE else "service_healthy")
        everywhere = set(SERVICES[name].get("profiles", PROFILES)) <= set(SERVICES[other].get("profiles", PROFILES))
        assert wish.get("required", True) == everywhere, "a service of another profile cannot be required"


def test_topics_wait_for_every_broker_and_whoever_needs_topics_tables_or_secrets_waits_for_them() -> None:
    brokers_here = {name for name in SERVICES if name.startswith("kafka")}
    assert brokers_here <= set(SERVICES["topics"]["depends_on"])
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    before = {name: waits[name].union(*(waits[other] for other in waits[name])) for name in waits}
    assert "topics" in waits["worker"]
    assert "topics" in waits["doors"]
    assert waits["sink"] >= {"topics", "migrate"}
    for name, service in SERVICES.items():
        if name != "secrets" and any(volume.startswith(("secrets:", "clickhouse-users:")) for volume in service.get("volumes", ())):
            assert "secrets" in before[name] | {other for first in before[name] for other in waits[first]}, name


# settings


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_a_setting_with_a_value_that_it_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {key: value for key, value in environment(name).items() if key.startswith("UCC_")}
    assert set(ours) <= {f"UCC_{field.upper()}" for field in Settings.model_fields}
    for key in [key for key in os.environ if key.startswith("UCC_")]:
        monkeypatch.delenv(key)
    for key, value in ours.items():
        monkeypatch.setenv(key, value)
    kept = settings()
    if ours:
        assert kept.home == Path("/var/lib/ucc")
        assert brokers() == Brokers(addresses=("kafka:9092",))
        named = server(kept)
        assert named is not None
        assert (named.hosts, named.user, named.database) == ((("clickhouse", 9000),), "ucc", "ucc")


@every_service
def test_no_secret_stands_in_the_file(name: str) -> None:
    for key, value in environment(name).items():
        if re.search(r"PASSWORD|SECRET|TOKEN|_KEY", key):
            assert key.endswith("_FILE"), key
            assert value.startswith("/secrets/"), key
        assert not re.search(r"://[^/@]*:[^/@]*@", value), "a URL holds no password"
    assert not re.search(r"passw|secret=|token=", said(SERVICES[name].get("command", "")), re.IGNORECASE)


# ports


def listens(name: str, profile: str) -> set[int]:
    """Ports at which a service listens, by what it is told itself; ClickHouse's are its defaults."""
    found = {
        int(port) for key in ("UCC_METRICS", "KAFKA_LISTENERS", "GF_SERVER_HTTP_PORT") for port in re.findall(r"(?:^|:)(\d+)\b", environment(name).get(key, ""))
    }
    found |= {int(port) for port in re.findall(r"--port (\d+)", said(SERVICES[name].get("command", "")))}
    found |= {int(port) for port in re.findall(r"--web\.listen-address=\S*:(\d+)", said(SERVICES[name].get("command", "")))}
    assert name in in_profile(profile)
    return found | ({8123, 9000} if name == "clickhouse" else set())


def reachable(profile: str) -> dict[str, set[int]]:
    """Ports by the names under which services find each other in a profile."""
    found: dict[str, set[int]] = {}
    for name, service in in_profile(profile).items():
        for called in (name, *(service.get("networks", {}).get("default", {}).get("aliases", ()))):
            found[called] = found.get(called, set()) | listens(name, profile)
    return found


def addresses() -> Iterator[tuple[str, str, int]]:
    """Every host and port that something in the installation is told to ask: who, whom, where."""
    for name, service in SERVICES.items():
        for key, value in environment(name).items():
            if key not in ("UCC_METRICS", "KAFKA_LISTENERS"):
                yield from ((name, host, int(port)) for host, port in re.findall(r"(?:^|[@/,])([a-z][a-z0-9-]*):(\d{2,5})", value))
        yield from ((name, name, int(port)) for port in re.findall(r"127\.0\.0\.1:(\d+)", said(service.get("healthcheck", {}).get("test", ""))))
    for job in yaml.safe_load((ROOT / "dashboards/prometheus/prometheus.yml").read_text("utf-8"))["scrape_configs"]:
        yield from (("prometheus", host, found["port"]) for found in job["dns_sd_configs"] for host in found["names"])
    for source in yaml.safe_load((ROOT / "dashboards/grafana/datasources/ucc.yaml").read_text("utf-8"))["datasources"]:
        url = re.fullmatch(r"http://([a-z]+):(\d+)", source.get("url", ""))
        yield ("grafana", url.group(1), int(url.group(2))) if url else ("grafana", source["jsonData"]["host"], source["jsonData"]["port"])


@every_profile
def test_whoever_is_asked_listens_there(profile: str) -> None:
    there = reachable(profile)
    asked = [(who, whom, port) for who, whom, port in addresses() if who in in_profile(profile)]
    assert {who for who, _, _ in asked} >= {"worker", "sink", "topics", "migrate", "prometheus", "grafana", "clickhouse"}
    assert [(who, whom, port) for who, whom, port in asked if port not in there.get(whom, ())] == []


@every_service
def test_what_is_exposed_or_published_is_listened_at_and_published_on_loopback_alone(name: str) -> None:
    service = SERVICES[name]
    profile = service.get("profiles", PROFILES)[0]
    assert {int(port) for port in service.get("expose", ())} <= listens(name, profile)
    for port in service.get("ports", ()):
        address, outside, inside = port.split(":")
        assert address == "127.0.0.1"
        assert outside == inside
        assert int(inside) in listens(name, profile)
    assert bool(service.get("ports")) == (name in ("doors", "prometheus", "grafana")), "neither Kafka nor ClickHouse is to be reached from outside"


def test_prometheus_asks_every_part_that_has_a_door_for_it() -> None:
    told = {name: int(environment(name)["UCC_METRICS"].rpartition(":")[2]) for name in OURS if "UCC_METRICS" in environment(name)}
    asked = {whom: port for who, whom, port in addresses() if who == "prometheus" and whom in OURS}
    assert asked == told


# brokers


@every_profile
def test_the_brokers_of_a_profile_make_one_quorum_and_keep_as_many_copies_as_there_are_brokers(profile: str) -> None:
    told = {name: environment(name) for name in in_profile(profile) if name.startswith("kafka")}
    voters = ",".join(f"{one['KAFKA_NODE_ID']}@{name}:9093" for name, one in told.items())
    copies = min(3, len(told))
    for name, one in told.items():
        assert one["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert one["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
        for key in ("KAFKA_DEFAULT_REPLICATION_FACTOR", "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR"):
            assert one[key] == str(copies), key
        for key in ("KAFKA_MIN_INSYNC_REPLICAS", "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"):
            assert one[key] == str(max(1, copies - 1)), key
        assert re.fullmatch(r"[\w-]{22}", one["CLUSTER_ID"])
    assert len({one["KAFKA_NODE_ID"] for one in told.values()}) == len(told)


def test_a_real_broker_takes_the_settings(tmp_path: Path) -> None:
    told = environment("kafka")
    own = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs", "listener.security.protocol.map"}
    properties: dict[str, object] = {key.removeprefix("KAFKA_").replace("_", ".").lower(): value for key, value in told.items() if OF_A_BROKER.fullmatch(key)}
    started = Broker(tmp_path, settings={key: value for key, value in properties.items() if key not in own})
    try:
        started.format(told["CLUSTER_ID"])
        started.start()
        with KafkaAdminClient(bootstrap_servers=started.address) as admin:
            assert admin.describe_cluster()["cluster_id"] == told["CLUSTER_ID"]
            known = admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "1", None)], config_filter="all")["broker"]["1"]
    finally:
        started.kill()
    assert [name for name in properties if known.get(name, {}).get("config_type", "UNKNOWN") == "UNKNOWN"] == []
    kept = {name: str(known[name]["value"]) for name in properties if name not in own}
    assert kept == {name: value for name, value in properties.items() if name not in own}


# files


def mounts() -> Iterator[tuple[str, str, str]]:
    """Service, what is mounted, and where."""
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source, target = volume.split(":")[:2]
            yield name, source, target


def test_every_mounted_path_is_in_the_repository_and_every_volume_is_declared_and_used() -> None:
    named = set()
    for name, source, _ in mounts():
        if source.startswith("."):
            assert (ROOT / source).exists(), f"{name} mounts {source}"
        else:
            named.add(source)
    assert named == set(COMPOSE["volumes"])


def inside(name: str, path: str) -> Path | None:
    """The file of the repository that a service sees under a path; none where it is no mounted one."""
    for service, source, target in mounts():
        if service == name and source.startswith(".") and Path(path).is_relative_to(target):
            return ROOT / source / Path(path).relative_to(target)
    return None


def test_what_a_service_is_told_to_read_is_where_it_is_told() -> None:
    config = re.search(r"--config\.file=(\S+)", said(SERVICES["prometheus"]["command"]))
    assert config is not None
    assert (inside("prometheus", config.group(1)) or Path()).is_file()
    for path in ("datasources/ucc.yaml", "dashboards/ucc.yaml"):
        assert (inside("grafana", f"/etc/grafana/provisioning/{path}") or Path()).is_file()
    provider = yaml.safe_load((ROOT / "dashboards/grafana/dashboards/ucc.yaml").read_text("utf-8"))["providers"][0]
    assert list((inside("grafana", provider["options"]["path"]) or Path()).glob("*.json"))
    assert (inside("secrets", SERVICES["secrets"]["entrypoint"][-1]) or Path()) == SCRIPT
    for name in OURS:
        assert not environment(name) or any(target == "/var/lib/ucc" for service, _, target in mounts() if service == name)


# secrets


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """Secrets and ClickHouse's users as a first start makes them."""
    folders = tmp_path / "secrets", tmp_path / "users"
    for folder in folders:
        folder.mkdir(mode=0o700)
    start(*folders)
    return folders


def start(secrets: Path, users: Path) -> str:
    """Runs the script as the service does."""
    return subprocess.run(["/bin/sh", str(SCRIPT), str(secrets), str(users)], check=True, capture_output=True, text=True).stdout


def test_every_secret_that_is_read_is_made_at_the_first_start(made: tuple[Path, Path]) -> None:
    secrets, _ = made
    read = {Path(value).name for name in SERVICES for key, value in environment(name).items() if key.endswith("_FILE")}
    read |= set(re.findall(r"\$__file\{/secrets/([a-z-]+)\}", (ROOT / "dashboards/grafana/datasources/ucc.yaml").read_text("utf-8")))
    assert {file.name for file in secrets.iterdir()} == read


def test_secrets_are_long_random_and_readable_by_their_owner_alone(made: tuple[Path, Path], tmp_path: Path) -> None:
    secrets, users = made
    texts = [file.read_text("ascii") for file in secrets.iterdir()]
    assert all(re.fullmatch(r"[A-Za-z0-9]{36,}", text) for text in texts)
    assert len(set(texts)) == len(texts)
    for file in (*secrets.iterdir(), *users.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o400
    other = tmp_path / "other", tmp_path / "others"
    for folder in other:
        folder.mkdir()
    start(*other)
    assert not set(texts) & {file.read_text("ascii") for file in other[0].iterdir()}


def test_a_second_start_changes_nothing_and_a_deleted_secret_is_made_anew(made: tuple[Path, Path]) -> None:
    secrets, users = made
    before = {file.name: file.read_text("ascii") for file in (*secrets.iterdir(), *users.iterdir())}
    assert start(secrets, users) == ""
    assert {file.name: file.read_text("ascii") for file in (*secrets.iterdir(), *users.iterdir())} == before
    (secrets / "analyst-password").unlink()
    assert start(secrets, users) == "made analyst-password\n"
    assert (secrets / "warehouse-password").read_text("ascii") == before["warehouse-password"]
    assert (users / "ucc.xml").read_text("ascii") != before["ucc.xml"]


def test_clickhouse_gets_digests_only_and_an_analyst_may_only_read(made: tuple[Path, Path]) -> None:
    secrets, users = made
    tree = ET.fromstring((users / "ucc.xml").read_text("ascii"))  # noqa: S314  written by our own script
    for user, secret in (("ucc", "warehouse-password"), ("analyst", "analyst-password")):
        digest = tree.findtext(f"users/{user}/password_sha256_hex")
        assert digest == hashlib.sha256((secrets / secret).read_bytes()).hexdigest()
        assert (secrets / secret).read_text("ascii") not in ET.tostring(tree, "unicode")
    assert (tree.find("users/default") or ET.Element("none")).get("remove") == "remove" or tree.find("users/default[@remove]") is not None
    assert tree.findtext("users/analyst/profile") == "analyst"
    assert tree.findtext("profiles/analyst/readonly") == "2"
    assert tree.findtext("users/analyst/grants/query") == f"GRANT SELECT ON {analysts_of(environment('sink')['UCC_WAREHOUSE'].rpartition('/')[2])}.*"
    assert environment("sink")["UCC_WAREHOUSE"].startswith("clickhouse://ucc@")


OF_THE_IMAGE = (
    "<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password/><profile>default</profile></default></users></yandex>"
)


def test_a_real_clickhouse_lets_in_who_has_the_password_and_an_analyst_only_read(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, users = made
    monkeypatch.setattr("tests.served.clickhouse._users", lambda: OF_THE_IMAGE)
    real = ClickHouse(tmp_path / "clickhouse")
    # Debian's server is of a time when the root had another name, and profiles had no bounds for what an analyst may set.
    text = re.sub(r"<constraints>.*</constraints>", "", (users / "ucc.xml").read_text("ascii"), flags=re.DOTALL)
    (real.folder / "users.d").mkdir(parents=True)
    (real.folder / "users.d/ucc.xml").write_text(text.replace("clickhouse>", "yandex>"), "ascii")

    def asked(user: str, password: str, sql: str) -> str:
        request = Request(f"http://127.0.0.1:{real.http_port}/", data=sql.encode(), headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password})
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310  our own server
                return str(answer.read().decode()).strip()
        except HTTPError as error:
            with error:
                return error.read().decode(errors="replace")

    ours, analyst = ((secrets / name).read_text("ascii") for name in ("warehouse-password", "analyst-password"))
    real.start()
    try:
        assert asked("ucc", ours, "CREATE DATABASE ucc") == ""
        assert asked("ucc", ours, "SELECT 1") == "1"
        assert asked("analyst", analyst, "SELECT count() FROM system.tables WHERE database = 'ucc'") == "0"
        assert "readonly" in asked("analyst", analyst, "CREATE DATABASE other")
        for user, password in (("ucc", analyst), ("ucc", ""), ("analyst", ours), ("analyst", ""), ("default", "")):
            assert "DB::Exception" in asked(user, password, "SELECT 1")
    finally:
        real.kill()


def test_each_secret_belongs_to_the_one_that_reads_it(made: tuple[Path, Path]) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may give files to others; run as root, as the service in its container is")
    secrets, users = made
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    ours = int(re.findall(r"^USER (\d+)$", dockerfile, re.MULTILINE)[-1])
    assert f"useradd --uid {ours} " in dockerfile
    assert {file.name: file.stat().st_uid for file in secrets.iterdir()} == {
        "warehouse-password": ours,
        "analyst-password": 472,
        "grafana-password": 472,
        "grafana-key": 472,
    }
    assert (users / "ucc.xml").stat().st_uid == 101


# our image


def test_the_image_is_made_from_what_is_installed_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    copied = {words.split()[0] for words in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)} | {
        word for words in re.findall(r"^COPY (?!--from)(.+) \./$", text, re.MULTILINE) for word in words.split()
    }
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert copied == {*packages, "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    assert all((ROOT / path).exists() for path in copied)
    assert set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)) == copied
    assert all(re.match(r"python:\d+\.\d+-slim-\w+", image) for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001"]
    assert 'ENTRYPOINT ["ucc"]' in text
    assert "--constraint constraints.txt" in text
    assert "/var/lib/ucc" in text


@pytest.mark.parametrize("name", OURS)
def test_our_services_may_do_as_little_as_possible(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service.get("network_mode") == "none") == (name == "secrets") == ("user" in service)
    grace = service.get("stop_grace_period")
    assert (grace is None) == (name in ONCE)


# docker itself


@every_profile
def test_docker_compose_understands_the_file(profile: str) -> None:
    """May be skipped in CI, too: Debian, from which CI is made, packages no `docker compose` that knows today's files, and there is no daemon."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not here; install Docker's compose plugin (docker-compose-v2 or docker-compose-plugin)")
    done = subprocess.run(
        [docker, "compose", "--env-file", f"docker/{profile}.env", "config", "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["services"]) == set(in_profile(profile))
