#!/bin/bash
# The account and the folders of the platform image, on the Debian base image. Same input, same bytes, same times.
set -euo pipefail
epoch=@1735689600

grep -q '^slate:' /etc/passwd || echo 'slate:x:65532:65532:Slate services:/tmp:/usr/sbin/nologin' >> /etc/passwd
grep -q '^slate:' /etc/group || echo 'slate:x:65532:' >> /etc/group
install -d -m 0755 /opt /opt/slate /srv

# Nothing may gain rights, whatever the base image brought.
find / -xdev -type f -perm /6000 -exec chmod ug-s {} +

touch -h -d "$epoch" / /opt /opt/slate /srv /etc /etc/passwd /etc/group
