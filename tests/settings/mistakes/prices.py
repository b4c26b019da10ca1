"""Price lists that are wrong, or that would count something as free."""

from tests.settings.examples import Change, put
from tests.settings.mistakes.table import Mistake

_LIST = {
    "currency": "EUR",
    "cpuHour": 0.03,
    "memoryGibHour": 0.004,
    "gpuHour": {"nvidia.com/gpu": 1.2},
    "storageGibMonth": 0.1,
}


def _prices(without: str = "", **changed: object) -> Change:
    given = {key: value for key, value in {**_LIST, **changed}.items() if key != without}
    return put("prices", given)


PRICES = [
    Mistake("currency in small letters", _prices(currency="eur"), "prices.currency", '"eur"', "ISO 4217", "write EUR"),
    Mistake("currency by its sign", _prices(currency="€"), "prices.currency", "€", "ISO 4217", "three capital letters"),
    Mistake("price as text", _prices(cpuHour="0.03"), "prices.cpuHour", '"0.03"', "from 0", "without quotes"),
    Mistake("negative price", _prices(storageGibMonth=-1), "prices.storageGibMonth", "-1", "from 0", "0 or more"),
    Mistake(
        "price of everything",
        _prices(memoryGibHour=1e9),
        "prices.memoryGibHour",
        "1000000000",
        "to 1000000",
        "of one unit",
    ),
    Mistake("price that is no number", _prices(cpuHour=True), "prices.cpuHour", "true", "from 0", "such as 0.035"),
    Mistake(
        "more hours than a month has", _prices(awakeHours=800), "prices.awakeHours", "800", "to 730", "730 or less"
    ),
    Mistake(
        "no price of a CPU",
        _prices(without="cpuHour", nodeHour={"gpu": 5}),
        "prices.cpuHour",
        None,
        "from 0",
        "nodeHour for cpu",
        "is missing",
    ),
    Mistake(
        "accelerator without a price",
        _prices(gpuHour={}),
        "prices.gpuHour",
        "an empty mapping",
        "nvidia.com/gpu",
        "nodeHour: {gpu: ...}",
        "accelerators of the pool gpu",
    ),
    Mistake(
        "price of an accelerator that no pool has",
        _prices(gpuHour={"nvidia.com/gpu": 1, "NVIDIA-L4": 1}),
        "prices.gpuHour.NVIDIA-L4",
        "1",
        "nvidia.com/gpu",
        "remove the key",
    ),
    Mistake(
        "price of a pool that is not there",
        _prices(nodeHour={"cpus": 1}),
        "prices.nodeHour.cpus",
        "1",
        "cpu, gpu",
        "did you mean cpu?",
    ),
]
