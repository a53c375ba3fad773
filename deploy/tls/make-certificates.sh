#!/bin/sh
# Makes an authority, a certificate for the server, one for its clients and one for the routes of a cluster, for trying TLS or for a closed network of one's own.
#   make-certificates.sh FOLDER NAME...      the names and addresses under which the server is reached
set -eu
[ $# -ge 2 ] || { echo "usage: $0 FOLDER NAME..." >&2; exit 2; }
folder=$1
shift
mkdir -p "$folder"
cd "$folder"
umask 077

san=DNS:localhost,DNS:nats,IP:127.0.0.1
for name in "$@"; do
  case $name in *[!0-9.]*) san=$san,DNS:$name ;; *) san=$san,IP:$name ;; esac
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Chaussettes authority" \
  -keyout ca.key -out ca.pem 2>/dev/null
issue() { # file, subject, extensions
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  printf '%s\n' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm "$1.csr" "$1.ext"
}
issue server "$1" "subjectAltName=$san
extendedKeyUsage=serverAuth"
# Servers of a cluster are each other's clients, too (deploy/cluster).
issue route "chaussettes route" "subjectAltName=$san
extendedKeyUsage=serverAuth,clientAuth"
issue client "chaussettes client" "extendedKeyUsage=clientAuth"
chmod 644 ca.pem server.pem route.pem client.pem
echo "In $folder: ca.pem (give it to whoever connects), server.pem and server.key, client.pem and client.key, route.pem and route.key (between servers of a cluster). Keep ca.key safe."
