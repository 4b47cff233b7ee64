#!/bin/sh
# First start: makes the secrets of this installation, at random, where there are none yet. Runs at every start, and changes nothing then.
# To change one: delete its file, run this again, and start the parts that read it again (docs/operators.md, Docker Compose).
#
#   first-start.sh SECRETS USERS
#
# SECRETS gets a file a secret, readable by the one part that needs it; USERS gets ClickHouse's users, with digests instead of passwords.
set -eu
umask 077
secrets=$1
users=$2

# Numbers of the users that the parts run as, in their images.
ucc=10001
clickhouse=101
grafana=472

hand_over() { # FILE OWNER
    if [ "$(id -u)" -eq 0 ]; then chown "$2" "$1"; fi
}

secret() { # NAME OWNER
    if [ ! -s "$secrets/$1" ]; then
        head -c 32 /dev/urandom | base64 | tr -d '+/=\n' >"$secrets/$1.new"
        chmod 0400 "$secrets/$1.new"
        hand_over "$secrets/$1.new" "$2"
        mv "$secrets/$1.new" "$secrets/$1"
        echo "made $1"
    fi
}

digest() { # NAME
    sha256sum <"$secrets/$1" | cut -d ' ' -f 1
}

chmod 0755 "$secrets" "$users"
secret warehouse-password $ucc
secret analyst-password $grafana
secret grafana-password $grafana
secret grafana-key $grafana

cat >"$users/ucc.xml.new" <<XML
<clickhouse>
    <users>
        <default remove="remove"/>
        <ucc>
            <password_sha256_hex>$(digest warehouse-password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
        </ucc>
        <analyst>
            <password_sha256_hex>$(digest analyst-password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>analyst</profile>
            <quota>default</quota>
            <grants><query>GRANT SELECT ON analysts.*</query></grants>
        </analyst>
    </users>
    <profiles>
        <analyst>
            <readonly>2</readonly>
            <max_execution_time>60</max_execution_time>
            <max_memory_usage>1000000000</max_memory_usage>
            <constraints>
                <max_execution_time><max>60</max></max_execution_time>
                <max_memory_usage><max>1000000000</max></max_memory_usage>
            </constraints>
        </analyst>
    </profiles>
</clickhouse>
XML
chmod 0400 "$users/ucc.xml.new"
hand_over "$users/ucc.xml.new" $clickhouse
mv "$users/ucc.xml.new" "$users/ucc.xml"
