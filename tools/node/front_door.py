"""The front door of workspaces on the real node: HTTPS by host name (Caddy), and SSH through the node. Pure functions.

Caddy runs inside the node, whose own connections to pods no policy forbids; the machine's 127.0.0.1 leads to it. Each
workspace is an origin of its own, `https://<workspace>--<project>.<domain>:<port>`. Certificates come from Caddy's own
authority. Nothing is logged that has an address with a secret in it: requests are not logged at all.
"""

import re

from tools.node.configuration import DOMAIN
from tools.node.layout import DOOR_HOME
from tools.node.network import DNS_SERVICE, Addresses

JUPYTER, SSH = 8888, 2222
ACCOUNT = "aiuser"
_LABEL = "[a-z0-9](?:-?[a-z0-9])*"  # names hold no two hyphens in a row


def caddyfile(addresses: Addresses, domain: str, port: int) -> str:
    """Returns Caddy's configuration.

    Args:
        addresses: The node's addresses.
        domain: The stack's domain.
        port: Where it listens, on the node's address.
    """
    pattern = rf"^({_LABEL})--({_LABEL})\.{re.escape(domain)}(?::[0-9]+)?$"
    return f"""\
{{
	admin off
	persist_config off
	auto_https disable_redirects
	skip_install_trust
	storage file_system "{DOOR_HOME}"
	log {{
		level WARN
	}}
}}

https://*.{domain}:{port} {{
	bind {addresses.node}
	tls internal
	@workspace header_regexp name Host `{pattern}`
	handle @workspace {{
		reverse_proxy {{re.name.1}}-0.workspaces.ws-{{re.name.2}}.svc.{DOMAIN}:{JUPYTER} {{
			transport http {{
				resolvers {DNS_SERVICE}
				dial_timeout 5s
			}}
		}}
	}}
	handle {{
		respond "This name belongs to no workspace: it must be <workspace>--<project>.{domain}" 404
	}}
}}
"""


def ssh_config(domain: str, command: str) -> str:
    """Returns a configuration for OpenSSH, with which a workspace's host name is enough.

    Args:
        domain: The stack's domain.
        command: The command line that connects to `%h` and `%p`.
    """
    return f"""\
# Made by `make up CLUSTER=node`: ssh -F THIS_FILE <workspace>--<project>.{domain}
Host *--*.{domain}
  User {ACCOUNT}
  Port {SSH}
  ProxyCommand {command} %h %p
"""


def pod_name(host: str, domain: str) -> str:
    """Returns the name that the cluster's DNS has for a workspace's pod.

    Raises:
        ValueError: The host name is no workspace's.
    """
    match = re.fullmatch(rf"({_LABEL})--({_LABEL})\.{re.escape(domain)}", host)
    if match is None:
        raise ValueError(f"{host} belongs to no workspace: it must be <workspace>--<project>.{domain}")
    return f"{match[1]}-0.workspaces.ws-{match[2]}.svc.{DOMAIN}"
