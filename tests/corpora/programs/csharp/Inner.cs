// corpus: chained
// event: System.ApplicationException: round failed
using System;

static class Inner
{
    static int Parse(string text)
    {
        try { return int.Parse(text); }
        catch (FormatException e) { throw new ArgumentException("no rate", e); }
    }

    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        try { Parse("fast"); }
        catch (ArgumentException e) { Console.Error.WriteLine(new ApplicationException("round failed", e)); }
        Console.Error.WriteLine("-- end\ngoing on");
    }
}
