"""The commands of docs/how-to/deploy.md that copy a home, and a night that wants it meanwhile."""

import re
import subprocess
from pathlib import Path

from kits.shop import Company
from orchestration.core.home import Home

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md"
COPY, UNPACK = (
    re.search(rf"^{command} .*$", PAGE.read_text(), re.MULTILINE)[0] for command in ("flock", "tar")
)


def _run(command: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)


def test_a_copy_has_all_that_a_home_holds(open_shop, tmp_path):
    shop = open_shop(tmp_path / "shop")
    shop.home.rename(shop.folder / "data")
    copied = _run(COPY, shop.folder)
    assert copied.returncode == 0, copied.stderr
    (tmp_path / "other").mkdir()
    unpacked = _run(
        UNPACK.replace("voronka-backup", f"{shop.folder}/voronka-backup"), tmp_path / "other"
    )
    assert unpacked.returncode == 0, unpacked.stderr

    def held(root: Path) -> dict[Path, object]:
        parts = {path: path.relative_to(root) for path in root.rglob("*")}
        return {
            part: path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes()
            for path, part in parts.items()
        }

    assert held(tmp_path / "other" / "data") == held(shop.folder / "data")
    assert (tmp_path / "other" / "data" / "state" / "customer.key").stat().st_mode & 0o077 == 0


def test_a_copy_waits_for_a_night_and_a_night_refuses_during_a_copy(open_shop, tmp_path):
    shop: Company = open_shop(tmp_path / "shop")
    lock = shop.home / "state" / "run.lock"
    with Home(shop.home).locked():
        assert _run(f"flock --nonblock {lock} true", shop.folder).returncode == 1
    with subprocess.Popen(
        ["flock", lock, "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as copying:
        assert copying.stdout.readline() == "held\n"
        ended = shop.run()
        copying.communicate("done\n")
    assert ended.status == 2
    assert "another run is active" in ended.text
