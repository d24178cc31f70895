"""Arrays in asyncio: `await` waits for one while other coroutines go on."""

import asyncio
import itertools
import time

from forerun import np, npx


async def heartbeat(beats):
    """Notes the time every few milliseconds; a blocked event loop would stop it."""
    while True:
        beats.append(time.perf_counter())
        await asyncio.sleep(0.005)


async def trace_of_power(n, power):
    """Multiplies a random matrix with itself again and again."""
    a = np.random.normal(scale=n**-0.5, size=(n, n))
    b = a
    for _ in range(power - 1):
        b = b @ a
    return (await b).trace().item()


async def failing():
    """An op that fails in the background raises where its result is awaited."""
    a, indices = np.arange(3), np.array([1, 2, 3], dtype="int64")
    picked = a[indices] * 2
    try:
        await picked
    except IndexError as error:
        print("raised by await:", error)


async def main():
    """Computes while the event loop stays responsive."""
    beats = []
    heart = asyncio.create_task(heartbeat(beats))
    traces = await asyncio.gather(*(trace_of_power(700, power) for power in (2, 3, 4)))
    print("traces:", ", ".join(f"{trace:.3f}" for trace in traces))
    await npx.waitall_async()
    heart.cancel()
    longest = max(b - a for a, b in itertools.pairwise(beats))
    print(f"{len(beats)} heartbeats, at most {longest * 1e3:.0f} ms apart")
    await failing()


if __name__ == "__main__":
    asyncio.run(main())
