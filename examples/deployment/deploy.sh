#!/usr/bin/env bash
# Sets up Prime Spark with Docker on this machine: checks what is needed, makes .env and the secrets, builds and starts the containers.
# Running it again changes nothing that is right already, and takes over what you have changed in .env.
#
#   deploy.sh --dry-run            what would be done; changes nothing
#   deploy.sh                      do it
#   deploy.sh --profile monitoring with Prometheus and Grafana, from now on
set -euo pipefail
umask 077

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ENV_FILE=$HERE/.env
SECRETS=$HERE/secrets
LEAST_COMPOSE=2.20.2
LEAST_DISK_GB=12
DRY_RUN=""
BUILD=1
PROFILES=()
COMMAND=up
NAME=""

usage() {
    cat <<'USAGE'
Usage: deploy.sh [COMMAND] [OPTION...]

Commands:
  up             check, make what is missing, build, start, wait until all is healthy (the default)
  check          only check what is needed
  config         only make .env and the secrets
  status         what runs, and whether it is healthy
  down           stop and remove the containers; data and secrets stay
  secret NAME    print one secret: jwt_secret, redis_password, minio_secret_key, grafana_password

Options:
  --profile NAME  monitoring or nas; may be given twice, and is remembered in .env
  --no-build      start the image that is there
  --dry-run       say what would be done; change nothing
  --help
USAGE
}

say() {
    printf 'deploy: %s\n' "$*"
}

fail() {
    printf 'deploy: %s\n' "$*" >&2
    exit 1
}

misused() {
    printf 'deploy: %s; see deploy.sh --help\n' "$*" >&2
    exit 2
}

# --- What is needed

# Whether version $1 is at least $2.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# Names everything that is missing, not only the first.
check_programs() {
    local missing=() program version
    for program in od awk sort df mktemp; do
        command -v "$program" >/dev/null || missing+=("the program $program (Debian packages coreutils, mawk)")
    done
    if ! command -v docker >/dev/null; then
        missing+=("Docker Engine: see https://docs.docker.com/engine/install/debian/")
    else
        docker info >/dev/null 2>&1 ||
            missing+=("access to the Docker daemon: start it (systemctl start docker), and run this as root or as a member of the group docker")
        if ! version=$(docker compose version --short 2>/dev/null); then
            missing+=("the Compose plugin (docker compose), version $LEAST_COMPOSE or newer: package docker-compose-plugin")
        elif ! at_least "${version#v}" "$LEAST_COMPOSE"; then
            missing+=("the Compose plugin in version $LEAST_COMPOSE or newer; this one is $version")
        fi
    fi
    case $(uname -m) in
    x86_64 | aarch64 | arm64) ;;
    *) missing+=("a 64-bit system on amd64 or arm64; this one is $(uname -m)") ;;
    esac
    if [ ${#missing[@]} -gt 0 ]; then
        printf 'deploy: missing: %s\n' "${missing[@]}" >&2
        exit 1
    fi
}

# What works, but not well.
check_machine() {
    local free
    free=$(df -Pk "$HERE" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free" -ge "$LEAST_DISK_GB" ] ||
        say "warning: $free GB are free here; images and one small model need about $LEAST_DISK_GB GB"
    if [ "$(docker info --format '{{.MemoryLimit}}' 2>/dev/null)" = false ]; then
        say "warning: the kernel does not limit memory, so no container is held to its limit. On a Raspberry Pi add" \
            "'cgroup_enable=memory cgroup_memory=1' to the line in /boot/firmware/cmdline.txt, and reboot"
    fi
}

# --- .env

# The value of variable $1 in .env, without quotes and comments; nothing if it is not set.
env_value() {
    [ -f "$ENV_FILE" ] || return 0
    awk -v name="$1" '
        { sub(/\r$/, ""); sub(/^[ \t]*(export[ \t]+)?/, "") }
        index($0, name "=") == 1 { value = substr($0, length(name) + 2); found = 1 }
        END {
            if (!found) exit
            quote = substr(value, 1, 1)
            if (quote == "\"" || quote == "\047") {
                value = substr(value, 2); end = index(value, quote)
                if (end) value = substr(value, 1, end - 1)
            } else { sub(/(^|[ \t]+)#.*/, "", value); sub(/[ \t]+$/, "", value) }
            print value
        }' "$ENV_FILE"
}

# Sets variable $1 to $2: in its line, or in a new one at the end.
set_env() {
    local part
    if [ "$(env_value "$1")" = "$2" ]; then
        return 0
    fi
    if [ -n "$DRY_RUN" ]; then
        say "would set $1=$2 in .env"
        return 0
    fi
    part=$(mktemp "$HERE/.env.XXXXXX")
    awk -v name="$1" -v value="$2" '
        index($0, name "=") == 1 { if (!done) print name "=" value; done = 1; next }
        { print }
        END { if (!done) print name "=" value }' "$ENV_FILE" >"$part"
    mv -f "$part" "$ENV_FILE"
    say "set $1=$2 in .env"
}

make_env() {
    if [ -f "$ENV_FILE" ]; then
        [ -n "$DRY_RUN" ] || chmod 600 "$ENV_FILE"
    elif [ -n "$DRY_RUN" ]; then
        say "would make .env from .env.example"
    else
        install -m 600 "$HERE/.env.example" "$ENV_FILE"
        say "made .env from .env.example"
    fi
}

# What an example file holds in place of a secret; the server refuses the same.
PLACEHOLDER='^(change[-_ ]?(me|this)|your[-_ ]|example)'

# They are named, all of them, and never shown.
refuse_placeholders() {
    local found="" name
    [ -f "$ENV_FILE" ] || return 0
    while read -r name; do
        if env_value "$name" | grep -Eiq "$PLACEHOLDER"; then
            found="$found
  $name"
        fi
    done < <(sed -nE 's/^[[:space:]]*(export[[:space:]]+)?([A-Z0-9_]*(PASSWORD|SECRET|KEY|TOKEN)[A-Z0-9_]*)=.*/\2/p' "$ENV_FILE" | sort -u)
    [ -z "$found" ] ||
        fail "these lines of $ENV_FILE still hold a placeholder; set a value, or comment the line out to have one generated:$found"
}

# Root is nobody to run a server as; anybody else deploys for himself.
set_owner() {
    if [ -z "$(env_value SPARK_UID)" ]; then
        if [ "$(id -u)" = 0 ]; then
            set_env SPARK_UID 10001
            set_env SPARK_GID 10001
        else
            set_env SPARK_UID "$(id -u)"
            set_env SPARK_GID "$(id -g)"
        fi
    fi
}

set_profiles() {
    local profile all
    [ ${#PROFILES[@]} -gt 0 ] || return 0
    all=$(env_value COMPOSE_PROFILES)
    for profile in "${PROFILES[@]}"; do
        case ",$all," in
        *",$profile,"*) ;;
        *) all=${all:+$all,}$profile ;;
        esac
    done
    set_env COMPOSE_PROFILES "$all"
    case ",$all," in
    *,monitoring,*) [ -n "$(env_value PRIME_SPARK_SERVER_METRICS)" ] || set_env PRIME_SPARK_SERVER_METRICS everybody ;;
    esac
}

# --- Secrets

# Secret $1 is in the file of that name; $2 is its variable in .env, $3 its least length.
# Sources, first to last: .env, the file, 32 random bytes.
make_secret() {
    local file=$SECRETS/$1 variable=$2 least=$3 value
    value=$(env_value "$variable")
    if [ -n "$value" ]; then
        usable "$variable" "$value" "$least"
        put_secret "$1" "$value" "taken from $variable in .env"
    elif [ -s "$file" ]; then
        usable "$file" "$(cat "$file")" "$least"
    elif [ -n "$DRY_RUN" ]; then
        say "would generate secrets/$1"
    else
        put_secret "$1" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" generated
    fi
}

# Quotes, spaces and the like would mean something in the files where secrets are written.
usable() {
    [ ${#2} -ge "$3" ] || fail "$1 is shorter than $3 characters"
    case $2 in
    *[!A-Za-z0-9._~+/=@%:,-]*) fail "$1 may only have letters, digits and . _ ~ + / = @ % : , -" ;;
    esac
    ! printf '%s' "$2" | grep -Eiq "$PLACEHOLDER" ||
        fail "$1 still holds a placeholder; set a value, or take it away to have one generated"
}

# Writes a file of secrets/ as a whole, only if that changes it, and never shows what it holds.
put_secret() {
    local file=$SECRETS/$1 part
    if [ -f "$file" ] && [ "$(cat "$file")" = "$2" ]; then
        return 0
    fi
    if [ -n "$DRY_RUN" ]; then
        say "would write secrets/$1 ($3)"
        return 0
    fi
    part=$(mktemp "$SECRETS/.part.XXXXXX")
    printf '%s\n' "$2" >"$part"
    mv -f "$part" "$file"
    say "secrets/$1: $3"
}

# What the server reads as its own .env: the secrets, the queue on Redis, and every PRIMESPARK_ setting of ours.
server_env() {
    local variable value
    printf '# Written by deploy.sh; change .env instead.\n'
    printf 'JWT_SECRET=%s\n' "$(cat "$SECRETS/jwt_secret")"
    printf 'REDIS_PASSWORD=%s\n' "$(cat "$SECRETS/redis_password")"
    value=$(env_value MINIO_ACCESS_KEY)
    printf 'MINIO_ACCESS_KEY=%s\n' "${value:-primespark}"
    printf 'MINIO_SECRET_KEY=%s\n' "$(cat "$SECRETS/minio_secret_key")"
    value=$(env_value ADMIN_PASSWORD)
    [ -z "$value" ] || printf 'ADMIN_PASSWORD="%s"\n' "$(printf '%s' "$value" | sed 's/["\\$]/\\&/g')"
    if [ -z "$(env_value PRIMESPARK_AGENTS_QUEUE)" ]; then
        value=$(env_value REDIS_HOST)
        variable=$(env_value REDIS_LOCAL_PORT)
        printf "PRIMESPARK_AGENTS_QUEUE='{type = redis, url = \"redis://%s:%s\", password = \"%s\", durable = true}'\n" \
            "${value:-redis}" "${variable:-6379}" "$(cat "$SECRETS/redis_password")"
    fi
    grep -E '^PRIME_?SPARK_[A-Z0-9_]+=' "$ENV_FILE" || true
}

make_secrets() {
    local password
    if [ -z "$DRY_RUN" ]; then
        mkdir -p "$SECRETS"
        chmod 700 "$SECRETS"
    fi
    make_secret jwt_secret JWT_SECRET 32
    make_secret redis_password REDIS_PASSWORD 16
    make_secret minio_secret_key MINIO_SECRET_KEY 8
    make_secret grafana_password GRAFANA_PASSWORD 8
    password=$(env_value ADMIN_PASSWORD)
    [ -z "$password" ] || [ ${#password} -ge 8 ] || fail "ADMIN_PASSWORD is shorter than 8 characters"
    if [ -n "$DRY_RUN" ] && ! all_secrets_are_there; then
        say "would write secrets/server.env"
        return 0
    fi
    put_secret server.env "$(server_env)" "the server's secrets and settings"
    [ -n "$DRY_RUN" ] || own_secrets
}

all_secrets_are_there() {
    [ -f "$ENV_FILE" ] && [ -s "$SECRETS/jwt_secret" ] && [ -s "$SECRETS/redis_password" ] && [ -s "$SECRETS/minio_secret_key" ]
}

# The containers' user reads the files as they are.
own_secrets() {
    local owner
    chmod 600 "$SECRETS"/*
    owner=$(env_value SPARK_UID):$(env_value SPARK_GID)
    if [ "$(id -u)" = 0 ]; then
        chown "$owner" "$SECRETS" "$SECRETS"/*
    elif [ "$owner" != "$(id -u):$(id -g)" ]; then
        fail "SPARK_UID and SPARK_GID in .env are $owner, who could not read the secrets of $(id -u):$(id -g); run this as root, or take them away"
    fi
}

show_secret() {
    case $NAME in
    jwt_secret | redis_password | minio_secret_key | grafana_password) ;;
    *) misused "there is no secret '$NAME'" ;;
    esac
    [ -s "$SECRETS/$NAME" ] || fail "secrets/$NAME is not there yet; run deploy.sh config"
    cat "$SECRETS/$NAME"
}

# --- Containers

compose() {
    if [ -n "$DRY_RUN" ]; then
        say "would run: docker compose $*"
    else
        (cd "$HERE" && docker compose "$@") # there it finds .env, and an override if you have one
    fi
}

# Services that mount files, of those that run here.
services_with_files() {
    printf '%s\n' server redis minio
    case ",$(env_value COMPOSE_PROFILES)," in
    *,monitoring,*) printf '%s\n' prometheus grafana ;;
    esac
}

# The digest of the files that service $1 mounts.
mounted() {
    (
        cd "$HERE"
        case $1 in
        server) cat secrets/server.env ;;
        redis) cat secrets/redis_password redis/redis.conf redis/start-redis ;;
        minio) cat secrets/minio_secret_key ;;
        prometheus) cat monitoring/prometheus.yml monitoring/alerts.yml ;;
        grafana) cat monitoring/grafana/provisioning/*/*.yml ;;
        esac
    ) | sha256sum | cut -d' ' -f1
}

# A line for each service with what it is started with.
what_is_mounted() {
    local service
    for service in $(services_with_files); do
        printf '%s %s\n' "$service" "$(mounted "$service")"
    done
}

# Services whose files have changed since they were started. Compose looks at the names of such files only, and leaves containers
# alone that go on with old secrets and settings.
outdated() {
    local record=$SECRETS/mounted service digest
    [ -f "$record" ] || return 0
    while read -r service digest; do
        if grep -q "^$service " "$record" && ! grep -qx "$service $digest" "$record"; then
            printf '%s\n' "$service"
        fi
    done < <(what_is_mounted)
}

deployed() {
    [ -f "$ENV_FILE" ] || fail "nothing is deployed here yet; run deploy.sh"
}

start() {
    local address port old=()
    compose config --quiet
    [ -z "$BUILD" ] || compose build
    mapfile -t old < <(outdated)
    [ ${#old[@]} = 0 ] || compose rm --stop --force "${old[@]}"
    compose up --detach --wait --remove-orphans
    [ -z "$DRY_RUN" ] || return 0
    put_secret mounted "$(what_is_mounted)" "what the containers were started with"
    address=$(env_value BIND_ADDRESS)
    port=$(env_value API_PORT)
    say "it runs: http://${address:-127.0.0.1}:${port:-8000}"
    [ -n "$(env_value ADMIN_PASSWORD)" ] ||
        say "the first start has printed the admin's password, once: docker compose logs server"
    case ",$(env_value COMPOSE_PROFILES)," in
    *,monitoring,*) say "Grafana: http://127.0.0.1:$(grafana_port), password: deploy.sh secret grafana_password" ;;
    esac
}

grafana_port() {
    local port
    port=$(env_value GRAFANA_PORT)
    printf '%s' "${port:-3000}"
}

configure() {
    refuse_placeholders
    make_env
    set_owner
    set_profiles
    make_secrets
}

# --- Command line

while [ $# -gt 0 ]; do
    case $1 in
    up | check | config | status | down) COMMAND=$1 ;;
    secret)
        [ $# -gt 1 ] || misused "secret needs a name"
        COMMAND=secret NAME=$2
        shift
        ;;
    --profile)
        [ $# -gt 1 ] || misused "--profile needs a name"
        case $2 in
        monitoring | nas) PROFILES+=("$2") ;;
        *) misused "there is no profile '$2'; the profiles are monitoring and nas" ;;
        esac
        shift
        ;;
    --no-build) BUILD="" ;;
    --dry-run) DRY_RUN=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) misused "unknown argument '$1'" ;;
    esac
    shift
done

case $COMMAND in
up)
    check_programs
    check_machine
    configure
    start
    ;;
check)
    check_programs
    check_machine
    say "everything that is needed is there"
    ;;
config) configure ;;
secret) show_secret ;;
status)
    deployed
    compose ps
    ;;
down)
    deployed
    compose down
    ;;
esac
