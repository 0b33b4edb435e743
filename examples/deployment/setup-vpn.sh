#!/usr/bin/env bash
# Sets up a private WireGuard network between the machines of a home, from nothing to a running tunnel on each.
#
# One machine keeps the network's folder (topology, addresses, preshared keys). Every machine makes its own private key, which never
# leaves it. Running any step again changes nothing that is done already.
#
#   On the machine that keeps the folder (it is the hub):
#     sudo setup-vpn.sh hub   --name home --endpoint vpn.example.org:51820
#   On every other machine:
#     sudo setup-vpn.sh key                          # prints the machine's public key
#   On the hub again, with that key:
#     sudo setup-vpn.sh node  --name pi --public-key KEY
#     ... and copy DIR/rendered/pi/wg0.conf to the machine as root, for example by scp
#   On the other machine:
#     sudo setup-vpn.sh join  --file wg0.conf
#
# Steps that only write into DIR need no root; `--dry-run` needs none at all and says what would be done.
set -euo pipefail

DIR=${SPARK_VPN_DIR:-/etc/prime-spark/vpn}
JAR=${SPARK_VPN_JAR:-}
WG_DIR=${SPARK_VPN_WG_DIR:-/etc/wireguard}
NAME=""
ENDPOINT=""
PUBLIC_KEY=""
FILE=""
INTERFACE=wg0
DRY_RUN=""
NAT=""
RENDER_ONLY=""
SUBNETS=()

usage() {
    cat <<'USAGE'
Usage: setup-vpn.sh STEP [OPTION...]

Steps:
  hub     start the network, add this machine as its hub, render, and bring the tunnel up
  key     make this machine's private key, and print its public one
  node    add another machine by its public key, render for it, and bring this machine's tunnel up to date
  join    take the rendered file of this machine, and bring the tunnel up, or change it without dropping connections
  status  show this machine's tunnel

Options:
  --name NAME          the machine's name in the network: [a-z][a-z0-9-]*
  --endpoint HOST:PORT where the hub is reached from outside
  --subnet PREFIX      the address range; twice for IPv4 and IPv6 (10.8.0.0/24 and fd42:8::/64 unless given)
  --public-key KEY     of the machine that is added
  --file FILE          the file that the hub rendered for this machine
  --interface NAME     the tunnel's name (wg0)
  --dir DIR            the network's folder (/etc/prime-spark/vpn, or $SPARK_VPN_DIR)
  --jar FILE           spark-vpn-cli.jar ($SPARK_VPN_JAR; else looked for beside this script and in the build)
  --nat                what leaves the network through the hub gets the hub's address
  --render-only        write files, touch no interface; needs no root
  --dry-run            say what would be done
USAGE
}

fail() {
    printf 'setup-vpn: %s\n' "$*" >&2
    exit 2
}

find_jar() {
    local here candidate
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    for candidate in "$JAR" "$here/spark-vpn-cli.jar" "$here/../../spark-vpn-cli/target/spark-vpn-cli.jar"; do
        if [ -n "$candidate" ] && [ -f "$candidate" ]; then
            JAR=$candidate
            return
        fi
    done
    fail "spark-vpn-cli.jar was not found; build it with 'mvn -pl spark-vpn-cli -am package', or pass --jar"
}

vpn() {
    if [ -n "$DRY_RUN" ]; then
        java -jar "$JAR" "$@" --dry-run
    else
        java -jar "$JAR" "$@"
    fi
}

need_tools() {
    local tool missing=
    [ -z "$DRY_RUN$RENDER_ONLY" ] || return 0
    [ "$(id -u)" = 0 ] || fail "this step changes network interfaces and needs root; see --render-only and --dry-run"
    for tool in wg wg-quick ip; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    [ -z "$missing" ] || fail "missing:$missing. On Debian: apt-get install --no-install-recommends wireguard-tools iproute2"
    if ! [ -d /sys/module/wireguard ] && ! modprobe -q wireguard 2>/dev/null && ! command -v wireguard-go >/dev/null; then
        fail "the kernel has no WireGuard and wireguard-go is not installed. On Debian: apt-get install wireguard-go"
    fi
}

apply() {
    if [ -n "$RENDER_ONLY" ]; then
        printf 'setup-vpn: the tunnel was not touched (--render-only)\n'
    else
        vpn apply "$NAME" --dir "$DIR" --config "$WG_DIR/$INTERFACE.conf" --key-file "$WG_DIR/$INTERFACE.key"
    fi
}

# This machine's name is remembered, so that `node` knows which one to bring up to date.
remember() {
    if [ -z "$DRY_RUN" ]; then
        printf '%s\n' "$NAME" >"$DIR/this-node"
    fi
}

step_hub() {
    local key subnet options=()
    if [ -z "$NAME" ] || [ -z "$ENDPOINT" ]; then
        fail "hub needs --name and --endpoint"
    fi
    need_tools
    for subnet in "${SUBNETS[@]}"; do
        options+=(--subnet "$subnet")
    done
    vpn init --dir "$DIR" --interface "$INTERFACE" "${options[@]}"
    key=$(vpn key "$WG_DIR/$INTERFACE.key")
    if [ -n "$DRY_RUN" ] && ! { [ -f "$DIR/topology.conf" ] && [ -f "$WG_DIR/$INTERFACE.key" ]; }; then
        printf "would add '%s' as the hub at %s, render, and bring '%s' up\n" "$NAME" "$ENDPOINT" "$INTERFACE"
        return
    fi
    options=(--hub --endpoint "$ENDPOINT" --public-key "$key")
    [ -z "$NAT" ] || options+=(--nat)
    vpn add-node "$NAME" --dir "$DIR" "${options[@]}"
    remember
    vpn render --dir "$DIR"
    apply
}

step_node() {
    local added=$NAME
    if [ -z "$NAME" ] || [ -z "$PUBLIC_KEY" ]; then
        fail "node needs --name and --public-key"
    fi
    [ -f "$DIR/this-node" ] || fail "there is no network in $DIR; run the step hub first"
    need_tools
    vpn add-node "$NAME" --dir "$DIR" --public-key "$PUBLIC_KEY"
    vpn render --dir "$DIR"
    NAME=$(cat "$DIR/this-node")
    apply
    printf 'Now hand %s to %s, as root and by a safe way, and run there: setup-vpn.sh join --file %s\n' \
        "$DIR/rendered/$added/$INTERFACE.conf" "$added" "$INTERFACE.conf"
}

step_join() {
    local options=(--interface "$INTERFACE" --config "$WG_DIR/$INTERFACE.conf" --key-file "$WG_DIR/$INTERFACE.key")
    [ -n "$FILE" ] || fail "join needs --file"
    [ -f "$FILE" ] || fail "no such file: $FILE"
    need_tools
    [ -z "$RENDER_ONLY" ] || options+=(--file-only)
    # Over ssh through this very tunnel, the session may end while the tunnel is taken down and up. That must not end us in between.
    trap '' HUP
    vpn join "$FILE" "${options[@]}"
}

[ $# -gt 0 ] || {
    usage >&2
    exit 2
}
STEP=$1
shift
while [ $# -gt 0 ]; do
    case $1 in
    --nat) NAT=1 ;;
    --dry-run) DRY_RUN=1 ;;
    --render-only) RENDER_ONLY=1 ;;
    --name | --endpoint | --subnet | --public-key | --file | --interface | --dir | --jar)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
        --name) NAME=$2 ;;
        --endpoint) ENDPOINT=$2 ;;
        --subnet) SUBNETS+=("$2") ;;
        --public-key) PUBLIC_KEY=$2 ;;
        --file) FILE=$2 ;;
        --interface) INTERFACE=$2 ;;
        --dir) DIR=$2 ;;
        --jar) JAR=$2 ;;
        esac
        shift
        ;;
    *) fail "unknown option $1; see setup-vpn.sh --help" ;;
    esac
    shift
done
[ ${#SUBNETS[@]} -gt 0 ] || SUBNETS=(10.8.0.0/24 fd42:8::/64)
[[ $INTERFACE =~ ^[a-zA-Z0-9_=+.-]{1,15}$ ]] || fail "'$INTERFACE' is no interface's name"

case $STEP in
-h | --help) usage ;;
hub) find_jar && step_hub ;;
key) find_jar && vpn key "$WG_DIR/$INTERFACE.key" ;;
node) find_jar && step_node ;;
join) find_jar && step_join ;;
status) find_jar && vpn status --dir "$DIR" --interface "$INTERFACE" --config "$WG_DIR/$INTERFACE.conf" ;;
*)
    usage >&2
    exit 2
    ;;
esac
