# Shared by the programs: the shell says how a program that it ran was ended.
echo "-- begin" >&2
ulimit -c 0
./program
echo "-- end" >&2
echo "next step" >&2
