# Starts a private nats-server with JetStream and keeps it until $WATCH ends or a file "stop" appears.
set -eu
cd "$DIR"
"$BIN" -a 127.0.0.1 -p -1 -js -sd "$DIR/js" --ports_file_dir "$DIR" -l "$DIR/log" &
server=$!
until grep -qs nats:// "$DIR"/nats-server_*.ports; do
    kill -0 $server || exit 1
    sleep 0.05
done
grep -oh 'nats://[0-9.:]*' "$DIR"/nats-server_*.ports | head -n 1 > "$DIR/ready.part"
mv "$DIR/ready.part" "$DIR/ready"
while kill -0 "$WATCH" 2>/dev/null && kill -0 $server 2>/dev/null && [ ! -e "$DIR/stop" ]; do
    sleep 0.5
done
kill -TERM $server 2>/dev/null || true
wait $server || true
cd /
rm -rf "$DIR" "$DIR.lock"
