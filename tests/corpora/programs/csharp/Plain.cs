// corpus: uncaught
// event: System.InvalidOperationException: the rate must be positive
using System;

static class Plain
{
    static void Check(int rate)
    {
        if (rate < 0) throw new InvalidOperationException("the rate must be positive");
    }

    static void Main()
    {
        Console.Error.WriteLine("round 1\n-- begin");
        Check(-1);
    }
}
