"""Entry point of a worker: loads one entry script and answers calls for it until told to stop."""

import os
import sys


def main():
    # type: () -> None
    here = os.path.dirname(os.path.abspath(__file__))
    from slipway_worker.process import run_worker

    # Bytecode of the environment is written when it is built; nobody else may write there. Ours is kept.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # The folder of this file must not be seen any more: a module called `main` or `shims` is the user's.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != here]
    sys.exit(run_worker(sys.argv[1:], os.path.join(here, "shims")))


if __name__ == "__main__":
    main()
