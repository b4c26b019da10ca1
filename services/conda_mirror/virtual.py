"""Virtual packages: what a target machine brings along, as the solver sees it."""

PLAIN = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}


def virtual_packages(
    platform: str, *, glibc: str = "2.36", linux: str = "6.1", cuda: str | None = None, archspec: str | None = None
) -> list[str]:
    """The virtual packages of a target, as match specs `name=version=build`.

    Given, never detected: a lock must not depend on the machine that made it.

    Args:
        platform: `linux-64` or `linux-aarch64`.
        glibc: Version of the C library of the image's base.
        linux: Oldest kernel that the image will run on.
        cuda: Newest CUDA that the driver supports, e.g. `12.4`; None on machines without an accelerator.
        archspec: Micro-architecture, e.g. `x86_64_v3`; the platform's plain one by default.
    """
    packages = ["__unix=0=0", f"__linux={linux}=0", f"__glibc={glibc}=0", f"__archspec=1={archspec or PLAIN[platform]}"]
    return packages + ([f"__cuda={cuda}=0"] if cuda else [])
