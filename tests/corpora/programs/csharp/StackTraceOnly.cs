// corpus: no event
using System;

static class StackTraceOnly
{
    static void Where() { Console.Error.WriteLine("called from here:\n" + Environment.StackTrace); }

    static void Main()
    {
        Console.Error.WriteLine("round 1");
        Where();
        Console.Error.WriteLine("round 2");
    }
}
