# Starts a private PostgreSQL and keeps it until $WATCH ends or a file "stop" appears. initdb refuses root.
set -eu
cd "$DIR"
export HOME="$DIR"
as=""
if [ "$(id -u)" = 0 ]; then
    chown postgres:postgres "$DIR"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
fi
$as "$BIN/initdb" -D "$DIR/data" -U postgres --auth=trust --no-sync --no-instructions -E UTF8 --locale=C.UTF-8 > "$DIR/initdb.log"
quick=""
if [ "$DURABLE" = off ]; then
    # Hundreds of small databases that live for seconds: vacuuming them in turn would take a core.
    quick="-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c jit=off"
fi
$as "$BIN/postgres" -D "$DIR/data" -p "$PORT" -k "$DIR" -c listen_addresses=127.0.0.1 -c max_connections=500 $quick 2>&1 &
server=$!
until $as "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT"; do
    kill -0 $server || exit 1
    sleep 0.05
done
echo "postgres://postgres@127.0.0.1:$PORT" > "$DIR/ready.part"
mv "$DIR/ready.part" "$DIR/ready"
while kill -0 "$WATCH" 2>/dev/null && kill -0 $server 2>/dev/null && [ ! -e "$DIR/stop" ]; do
    sleep 0.5
done
kill -QUIT $server 2>/dev/null || true
wait $server || true
cd /
rm -rf "$DIR" "$DIR.lock"
