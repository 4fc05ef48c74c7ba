#!/bin/sh
# Starts Narthex as the program @program@. Finds its installation through symbolic links, then a Java runtime: the one
# that comes with it, else JAVA_HOME, else a JDK 25 on this machine. The Java process takes this one's place, so signals
# reach it and it may be process 1.
set -eu
# With it, cd may go elsewhere and say where.
unset CDPATH

self=$0
hops=0
while [ -L "$self" ]; do
  hops=$((hops + 1))
  if [ "$hops" -gt 40 ]; then
    echo "@program@: cannot find the installation: too many symbolic links at $0" >&2
    exit 1
  fi
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
case $self in
  */*) home=$(cd "${self%/*}/.." && pwd -P) ;;
  *) home=$(cd .. && pwd -P) ;;
esac

# Whether $1 is the home of a Java 25 or later: its release file says so, without starting it.
fits() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  while IFS='="' read -r key _ value _; do
    if [ "$key" = JAVA_VERSION ]; then
      [ "${value%%[!0-9]*}" -ge 25 ] 2>/dev/null
      return
    fi
  done < "$1/release"
  return 1
}

java_home=
if [ -x "$home/runtime/bin/java" ]; then
  java_home=$home/runtime
elif [ -n "${JAVA_HOME:-}" ] && fits "$JAVA_HOME"; then
  java_home=$JAVA_HOME
else
  for candidate in /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
    if fits "$candidate"; then
      java_home=$candidate
      break
    fi
  done
fi
if [ -z "$java_home" ]; then
  echo "@program@: cannot find Java: want the runtime that comes with Narthex in $home/runtime, or JAVA_HOME with a JDK 25 or later" >&2
  exit 1
fi

case $home in
  *:*)
    echo "@program@: cannot run from $home: a class path cannot hold a directory with a colon in its name; move the installation" >&2
    exit 1
    ;;
esac

# NARTHEX_JAVA_OPTS comes after what is set here, so that it wins; its words are not file names to be filled in.
set -f
# shellcheck disable=SC2086
set -- -Dnarthex.program=@program@ "-Dnarthex.home=$home" ${NARTHEX_JAVA_OPTS:-} \
  -cp "@classpath@" io.narthex.kernel.boot.Main "$@"
if [ "$java_home" = "$home/runtime" ] && [ -r "$home/lib/narthex.aot" ]; then
  # Classes parsed and linked beforehand; fits only the runtime that it was made with.
  set -- "-XX:AOTCache=$home/lib/narthex.aot" "$@"
fi
exec "$java_home/bin/java" @options@ "$@"
