"""What an input was, in words, and how it differs from what it is now."""

from collections.abc import Iterator

from analysis_jobs.documents import InputIdentity
from analysis_jobs.wording import plural


def identity_text(identity: InputIdentity) -> str:
    """Return what an input was in one line, which tells all that is known."""
    parts = [_extent(identity)]
    if "listing" in identity:
        parts.append(f"listing sha256:{identity['listing']}")
    if "etag" in identity:
        parts.append(f"ETag {identity['etag']}")
    if "version" in identity:
        parts.append(f"version {identity['version']}")
    if "modified" in identity:
        parts.append(f"modified {identity['modified']}")
    if identity.get("changed_meanwhile"):
        parts.append("it changed while the job ran")
    return f"{identity['location']}: {', '.join(parts)}"


def what_changed(old: InputIdentity, new: InputIdentity) -> str:
    """Return in words how an input differs from what it was, old and new; an empty text where it is the same."""
    return ", ".join(_changes(old, new))


def _changes(old: InputIdentity, new: InputIdentity) -> Iterator[str]:
    if ("files" in old) != ("files" in new) or old.get("files") != new.get("files"):
        yield f"{_extent(old)} → {_extent(new)}"
        return
    if old["size"] != new["size"]:
        yield f"size {old['size']:,} → {new['size']:,} bytes"
    if "listing" in old or "listing" in new:
        if old.get("listing") != new.get("listing"):
            yield f"listing sha256:{_brief(old.get('listing', ''))} → sha256:{_brief(new.get('listing', ''))}"
    elif "etag" in old and "etag" in new:
        if old["etag"] != new["etag"]:
            yield f"ETag {old['etag']} → {new['etag']}"
    elif "modified" in old and "modified" in new and old["modified"] != new["modified"]:
        yield f"modified {old['modified']} → {new['modified']}"


def _extent(identity: InputIdentity) -> str:
    if "files" in identity:
        return f"{plural(identity['files'], 'file')}, {identity['size']:,} bytes"
    return f"{identity['size']:,} bytes"


def _brief(digest: str) -> str:
    return digest[:12]
