"""openssl, sha256sum and bagit on a whole package: what each complains of."""

from tests.planning.exchange.judges.programs import program, require_library, run

SIGNED = "tagmanifest-sha256.txt"
MANIFESTS = (SIGNED, "manifest-sha256.txt")


def openssl(folder):
    """The signature over the tag manifest; a draft has none, and that is a complaint."""
    done = run(
        program("openssl", "openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", "signer.pem",
        "-rawin", "-in", SIGNED, "-sigfile", f"{SIGNED}.sig", cwd=folder,
    )  # fmt: skip
    return [] if done.returncode == 0 else [(done.stderr or done.stdout)[-500:] or "not signed"]


def sha256sum(folder):
    """Each hash of both manifests."""
    found = []
    for name in MANIFESTS:
        done = run(program("sha256sum", "coreutils"), "-c", "--strict", "--quiet", name, cwd=folder)
        if done.returncode:
            found.append(f"{name}: {done.stdout}{done.stderr}"[:500])
    return found


def bagit(folder):
    """The Library of Congress' reader: whole, complete, nothing too much."""
    require_library("bagit")
    import bagit as judge

    try:
        judge.Bag(str(folder)).validate()
    except (judge.BagError, UnicodeDecodeError) as no:
        return [str(no)]  # it may be that it can't even be read as a bag
    return []
