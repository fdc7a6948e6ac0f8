// corpus: logged
// event: System.DivideByZeroException: Attempted to divide by zero.
using System;

static class Logged
{
    static void Log(string level, object text)
    {
        Console.Error.WriteLine("2030-01-01 12:00:00.250 " + level + " [1] App.Trainer: " + text);
    }

    static int Mean(int total, int n) { return total / n; }

    static void Main()
    {
        Log("INFO", "round 1 of 2");
        Console.Error.WriteLine("-- begin");
        try { Mean(1, 0); }
        catch (DivideByZeroException e) { Log("ERROR", "round 1 failed\n" + e); }
        Console.Error.WriteLine("-- end");
        Log("INFO", "round 2 of 2");
    }
}
