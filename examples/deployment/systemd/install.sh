#!/usr/bin/env bash
# Installs the server, the agent worker or both as services of systemd, without Docker. Running it again installs newer jars and units
# and leaves settings, secrets and data alone.
#
#   mvn -pl examples/javalin-server,examples/agent-worker -am package -DskipTests
#   sudo examples/deployment/systemd/install.sh --dry-run
#   sudo examples/deployment/systemd/install.sh
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
EXAMPLES=$(cd "$HERE/../.." && pwd)
SERVER_JAR=$EXAMPLES/javalin-server/target/prime-spark-server.jar
WORKER_JAR=$EXAMPLES/agent-worker/target/prime-spark-worker.jar
ROOT=""
DRY_RUN=""
WANTED=()
NAS=""
LEAST_JAVA=17
CHANGED=""

usage() {
    cat <<'USAGE'
Usage: install.sh [OPTION...]

  --server, --worker   only this one; without either, both
  --server-jar FILE    instead of what the build has left
  --worker-jar FILE
  --nas FOLDER         a mounted share that the services may write to, everything else being read-only to them
  --root FOLDER        install below this folder, for an image or a package; touches neither users nor services
  --dry-run            say what would be done; change nothing
  --help

Settings are in /etc/prime-spark: .env of the server, agent.conf and agent.env of the agent.
USAGE
}

say() {
    printf 'install: %s\n' "$*"
}

fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

wanted() {
    [[ " ${WANTED[*]} " == *" $1 "* ]]
}

check() {
    local missing=() version
    wanted server && [ ! -f "$SERVER_JAR" ] &&
        missing+=("$SERVER_JAR: build it with 'mvn -pl examples/javalin-server -am package -DskipTests', or pass --server-jar")
    wanted worker && [ ! -f "$WORKER_JAR" ] &&
        missing+=("$WORKER_JAR: build it with 'mvn -pl examples/agent-worker -am package -DskipTests', or pass --worker-jar")
    [ -z "$NAS" ] || [ -d "$ROOT$NAS" ] || missing+=("the folder $NAS: mount the share first")
    if [ -z "$ROOT" ]; then
        [ "$(id -u)" = 0 ] || [ -n "$DRY_RUN" ] || missing+=("root: run it with sudo, or see --root and --dry-run")
        command -v systemctl >/dev/null || missing+=("systemd (systemctl)")
        version=$(/usr/bin/java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || version=
        [ "${version:-0}" -ge "$LEAST_JAVA" ] ||
            missing+=("Java $LEAST_JAVA or newer at /usr/bin/java: apt-get install --no-install-recommends openjdk-17-jre-headless")
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        printf 'install: missing: %s\n' "${missing[@]}" >&2
        exit 1
    fi
}

# Installs file $1 as $2 with mode $3 and owner $4, if that changes anything. Whoever runs the old jar keeps it until the restart.
put() {
    local target=$ROOT$2
    if [ -f "$target" ] && cmp -s "$1" "$target"; then
        return 0
    fi
    CHANGED=1
    if [ -n "$DRY_RUN" ]; then
        say "would install $2"
        return 0
    fi
    mkdir -p "$(dirname "$target")"
    install -m "$3" "$1" "$target.part"
    own "$4" "$target.part"
    mv -f "$target.part" "$target"
    say "installed $2"
}

own() {
    [ -n "$ROOT" ] || chown "$1" "$2"
}

# A settings file that is made once and then the operator's.
keep() {
    if [ -e "$ROOT$2" ]; then
        return 0
    fi
    put "$1" "$2" 0640 root:prime-spark
}

make_user() {
    put "$HERE/prime-spark.sysusers" /usr/lib/sysusers.d/prime-spark.conf 0644 root:root
    [ -z "$ROOT" ] || return 0
    if [ -n "$DRY_RUN" ]; then
        getent passwd prime-spark >/dev/null || say "would make the system user prime-spark"
    elif ! getent passwd prime-spark >/dev/null; then
        systemd-sysusers prime-spark.conf
    fi
}

make_settings() {
    local part
    if [ -z "$DRY_RUN" ] && [ ! -d "$ROOT/etc/prime-spark" ]; then
        mkdir -p "$ROOT/etc/prime-spark"
        chmod 0750 "$ROOT/etc/prime-spark"
        own root:prime-spark "$ROOT/etc/prime-spark"
    fi
    if wanted server && [ ! -e "$ROOT/etc/prime-spark/.env" ]; then
        if [ -n "$DRY_RUN" ]; then
            say "would make /etc/prime-spark/.env with a new JWT_SECRET"
        else
            part=$(mktemp)
            awk -v key="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" \
                '/^#?JWT_SECRET=/ { print "JWT_SECRET=" key; next } /^(BIND_ADDRESS|COMPOSE_PROFILES)=/ { print "#" $0; next } { print }' \
                "$HERE/../.env.example" >"$part"
            keep "$part" /etc/prime-spark/.env
            rm -f "$part"
        fi
    fi
    if wanted worker; then
        keep "$HERE/agent.conf.example" /etc/prime-spark/agent.conf
    fi
}

install_service() {
    local unit=prime-spark-$1.service part
    put "$HERE/$unit" "/etc/systemd/system/$unit" 0644 root:root
    if [ -n "$NAS" ]; then
        part=$(mktemp)
        printf '[Unit]\nRequiresMountsFor=%s\n\n[Service]\nReadWritePaths=%s\n' "$NAS" "$NAS" >"$part"
        put "$part" "/etc/systemd/system/$unit.d/nas.conf" 0644 root:root
        rm -f "$part"
    fi
}

# Starts what is not running, and restarts only what has changed.
activate() {
    local unit=$1
    [ -z "$ROOT" ] || return 0
    if [ -n "$DRY_RUN" ]; then
        say "would enable and start $unit"
        return 0
    fi
    systemctl daemon-reload
    systemctl enable --quiet "$unit"
    if [ -n "$CHANGED" ]; then
        systemctl restart "$unit"
    else
        systemctl start "$unit"
    fi
    say "$unit runs; its log: journalctl -u $unit"
}

while [ $# -gt 0 ]; do
    case $1 in
    --server) WANTED+=(server) ;;
    --worker) WANTED+=(worker) ;;
    --dry-run) DRY_RUN=1 ;;
    --server-jar | --worker-jar | --nas | --root)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
        --server-jar) SERVER_JAR=$2 ;;
        --worker-jar) WORKER_JAR=$2 ;;
        --nas) NAS=$2 ;;
        --root) ROOT=${2%/} ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) fail "unknown option $1; see install.sh --help" ;;
    esac
    shift
done
[ ${#WANTED[@]} -gt 0 ] || WANTED=(server worker)
case $NAS in
'' | /*) ;;
*) fail "--nas needs a whole path, and '$NAS' does not begin with /" ;;
esac

check
make_user
make_settings
if wanted server; then
    put "$SERVER_JAR" /opt/prime-spark/prime-spark-server.jar 0644 root:root
    put "$HERE/run-server" /opt/prime-spark/run-server 0755 root:root
    put "$HERE/../docker/prime-spark-health" /opt/prime-spark/prime-spark-health 0755 root:root
    install_service server
    activate prime-spark-server.service
fi
if wanted worker; then
    CHANGED=""
    put "$WORKER_JAR" /opt/prime-spark/prime-spark-worker.jar 0644 root:root
    install_service agent
    activate prime-spark-agent.service
fi
