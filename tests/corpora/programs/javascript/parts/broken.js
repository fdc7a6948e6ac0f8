const rounds = 3;
for (const n of [rounds) {
}
