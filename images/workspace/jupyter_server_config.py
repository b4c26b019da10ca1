"""JupyterLab's configuration: defaults, then the user's own file, then what the platform insists on."""

import os
import traceback
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - given by traitlets

# It served the extensions of Jupyter Notebook 6; JupyterLab has no use for it, and loading it takes 0.25 s. Whoever has
# can switch it on again, so this comes before the user's file.
c.ServerApp.jpserver_extensions.update({"notebook_shim": False})

if os.environ.get("SLATE_USER_SETTINGS") == "yes":
    folder = os.environ.get("JUPYTER_CONFIG_DIR") or str(Path.home() / ".jupyter")
    try:
        load_subconfig("jupyter_server_config.py", path=folder)  # type: ignore[name-defined]  # noqa: F821
    except Exception:
        # Whatever it is, the platform's part below must still come.
        print(f"{folder}/jupyter_server_config.py fails, and what it sets counts only in part:", flush=True)
        traceback.print_exc()

# From a file: arguments and environments can be read by other processes, and end up in logs.
c.IdentityProvider.token = Path(os.environ["SLATE_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
# TLS ends at the front door, so the server itself does not see that its cookies must never go without.
c.IdentityProvider.secure_cookie = True
c.PasswordIdentityProvider.hashed_password = ""
c.PasswordIdentityProvider.allow_password_change = False

c.ServerApp.ip = "0.0.0.0"  # noqa: S104 - the cluster's network policy says who may connect
c.ServerApp.port = int(os.environ.get("SLATE_PORT", "8888"))
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.root_dir = os.environ["HOME"]
c.ServerApp.quit_button = False
c.ServerApp.shutdown_no_activity_timeout = 0
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash", "-l"]}

# The trash is in the home: with it, a full home could not be mended, as nothing would leave it.
c.FileContentsManager.delete_to_trash = False

# No calls to the outside: no news, no update check, no extension shop.
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
# Defaults of JupyterLab's own settings, such as not to ask users whether they want news: overrides.json.
c.LabApp.app_settings_dir = "/opt/slate/jupyterlab"
