"""Entry point of the plugin: the launcher runs Python on this folder, which puts the folder first on the path."""

from provider.server import main

if __name__ == "__main__":
    main()
