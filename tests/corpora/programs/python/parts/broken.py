rounds = 3
for n in range(rounds)
    print(n)
