"""Take the pictures of `analysis-jobs browse` that are in the documents.

python tools/browse_pictures.py

Makes a sweep of three recordings and three parameter sets, serves it, and writes docs/browse.png,
docs/browse-gallery.png and docs/browse-compare.png. Needs Chromium.
"""

import io
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests"))

from support.browsing import desk_of, sweep  # noqa: E402 (of the tests, which have the same sweep)
from support.shelf import Shelf  # noqa: E402

from analysis_jobs.browse.server import listening, serving  # noqa: E402
from analysis_jobs.bucket.opening import open_bucket  # noqa: E402
from analysis_jobs.store.opening import open_store  # noqa: E402

DOCS = PROJECT / "docs"
WIDTH, HEIGHT = 1100, 700  # pixels
COLOURS = 128
CUTOFF = "parameter.isi_violations_cutoff%3D"
PAGES = {
    "browse": "/jobs?is:state=done&min:outputs.fraction=0.8",
    "browse-gallery": "/gallery",
    "browse-compare": f"/compare?a={CUTOFF}0.001&b={CUTOFF}0.002",
}


def main() -> None:
    """Serve a sweep, and take one picture after another."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("there is no Chromium on PATH; install it (apt-get install chromium)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        store = str(folder / "records.sqlite")
        sweep(Shelf(open_store(store), open_bucket(str(folder / "analyses")), folder / "jobs"))
        desk = desk_of(store, folder)
        desk.store = "OUT/records.sqlite"  # as the documents call it, and no folder of this machine
        listener = listening("127.0.0.1", 0)
        server, address = serving(desk, listener, "127.0.0.1")
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
        thread.start()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(address)
        for picture, path in PAGES.items():
            page.goto(f"{address.partition('/?')[0]}{path}")
            page.wait_for_load_state("networkidle")
            save(page.screenshot(), DOCS / f"{picture}.png")
        browser.close()
        server.should_exit = True
        thread.join()


def save(content: bytes, path: Path) -> None:
    """Write a picture with few colours, which is small."""
    Image.open(io.BytesIO(content)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(path)


if __name__ == "__main__":
    main()
