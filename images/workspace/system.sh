#!/bin/bash
# The account and the folders of every workspace image, on the Debian base image. Same input, same bytes, same times.
set -euo pipefail
epoch=@1735689600

# No time of the build may stay, so each file and folder that is touched gets the fixed one.
grep -q '^aiuser:' /etc/passwd || echo 'aiuser:x:1000:0:Workspace user:/home/workspace:/bin/bash' >> /etc/passwd

# A private home in the image serves where nothing is mounted (docker run); in the cluster the claim covers it.
install -d -m 0755 /home /opt /opt/slate /opt/slate/bin /data /run/slate /run/slate/token /run/slate/ssh
install -d -m 1777 /run/user
install -d -m 0770 -o 1000 -g 0 /home/workspace

# A login shell of Debian forgets the image's PATH.
cat > /etc/profile.d/slate.sh <<'EOF'
export PATH=/opt/slate/bin:/opt/conda/bin:/usr/local/bin:/usr/bin:/bin
export CONDA_PREFIX=/opt/conda
EOF
chmod 0644 /etc/profile.d/slate.sh

# Nothing may gain rights, whatever the base image brought.
find / -xdev -type f -perm /6000 -exec chmod ug-s {} +

touch -h -d "$epoch" / /home /home/workspace /opt /opt/slate /opt/slate/bin /data /run /run/slate /run/slate/token \
  /run/slate/ssh /run/user /etc /etc/passwd /etc/profile.d /etc/profile.d/slate.sh
