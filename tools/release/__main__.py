"""`make release VERSION=0.2.0`."""

import argparse
import shlex
import sys
from pathlib import Path

from release.refusal import Refused
from release.repository import Repository
from release.steps import BRANCH, Release, release


def main() -> None:
    parser = argparse.ArgumentParser(prog="release", description="Make a release, and push nothing of it.")
    parser.add_argument("version", help="three numbers with dots, newer than the last")
    parser.add_argument("--docker-build", default="", metavar="OPTIONS", help="of docker build, as one text")
    given = parser.parse_args()
    project = Repository(Path(__file__).resolve().parents[2])
    try:
        made = release(project, given.version, shlex.split(given.docker_build), lambda text: print(text, flush=True))
    except Refused as refused:
        sys.exit(f"error: {refused}. There is no release, and this checkout is as it was.")
    except KeyboardInterrupt:
        sys.exit("Interrupted: there is no release, and this checkout is as it was.")
    print(what_to_push(made))


def what_to_push(made: Release) -> str:
    """Return what was made, how it is published, and how it is taken back."""
    pushed = [f"docker tag {image} REGISTRY/{image} && docker push REGISTRY/{image}" for image in made.images]
    lines = [
        f"Version {made.version} is here, and nowhere else: commit {made.commit[:10]}, tag {made.tag}, and",
        *(f"  dist/{path.name}" for path in made.files),
        *(f"  image {image}" for image in made.images),
        "Publish it:",
        f"  git push --atomic origin {BRANCH} {made.tag}",
        "On GitHub that starts the workflow Release, which does the rest. Without it:",
        *(f"  {line}" for line in pushed),
        f"  twine upload dist/aind_analysis_jobs-{made.version}*",
        "Or take it back, as long as nothing of it is pushed:",
        f"  git tag --delete {made.tag} && git reset --keep {made.before[:10]}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
