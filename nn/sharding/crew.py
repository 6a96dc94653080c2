"""Who answers tasks: the workers of an executor, and this machine where they do not."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..warning import warn
from .descriptions import PROTOCOL, Description
from .tasks import Answer, Task
from .worker import answer


class Crew:
    """An executor and what is known about it; when it `is_lost`, this machine computes alone."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor
        self.is_lost = False
        self.has_answered = False
        self.has_warned = False

    def answers(self, tasks: Sequence[Task], description: Description) -> list[Answer]:
        """The answers, in the order of the tasks, whoever is done first.

        A task carries the key of the description only. A worker that does not know it (it is new, or it was started in
        the place of one that died) says so, and is sent the description with the task.
        """
        found = self.asked(tasks)
        unknown = [place for place, each in enumerate(found) if each.is_unknown]
        with_all = [replace(tasks[place], description=description.content) for place in unknown]
        for place, each in zip(unknown, self.asked(with_all), strict=True):
            found[place] = each
        return found

    def asked(self, tasks: Sequence[Task]) -> list[Answer]:
        """All tasks handed out at once, and what comes back."""
        contents = [pickle.dumps(task, PROTOCOL) for task in tasks]
        futures: list[Any] = []
        try:
            futures += map(self.submitted, contents)
            return [self.received(*each) for each in zip(futures, contents, strict=True)]
        finally:
            for future in futures:  # after Ctrl-C nobody waits for them; those that are done do not mind
                if future is not None:
                    future.cancel()

    def submitted(self, content: bytes) -> Any:
        """A task on its way; None if there is nobody to send it to any more."""
        if self.is_lost:
            return None
        try:
            return self.executor.submit(answer, content)
        except Exception as problem:
            if not self.has_answered and not _is_broken(problem):
                raise  # it never worked: what the executor says is what one has to know
            self.lose(problem)
            return None

    def received(self, future: Any, content: bytes) -> Answer:
        """The answer of a worker; or this machine's own, the same to the last bit, if none came."""
        try:
            if future is not None:
                found: Answer = future.result()
                self.has_answered = True
                return found
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as problem:  # that of asyncio for a cancelled task is no Exception
            if _is_broken(problem):
                self.lose(problem)
            else:
                self.tell(f"no answer from a worker ({_told(problem)}): its samples were computed here")
        return answer(content)

    def lose(self, problem: BaseException) -> None:
        """From now on this machine computes alone."""
        self.is_lost = True
        hint = "" if self.has_answered else (
            ". If its processes ended at once: a script that starts processes needs `if __name__ == \"__main__\":`"
            " around what it does"
        )  # fmt: skip
        self.tell(f"the executor takes no more work ({_told(problem)}): the rest is computed here{hint}")

    def tell(self, message: str) -> None:
        """Warn, once in a training."""
        if not self.has_warned:
            self.has_warned = True
            warn(message)


def _is_broken(problem: BaseException) -> bool:
    from concurrent.futures import BrokenExecutor  # takes longer to import than it is worth without an executor

    return isinstance(problem, BrokenExecutor)


def _told(problem: BaseException) -> str:
    words = str(problem).strip().partition("\n")[0]
    return f"{type(problem).__name__}: {words}" if words else type(problem).__name__
