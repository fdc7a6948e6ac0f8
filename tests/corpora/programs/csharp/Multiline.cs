// corpus: message of several lines
// event: System.Exception: two sites disagree
using System;

static class Multiline
{
    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        try { throw new Exception("two sites disagree\nsite-1 says 7\n\nsite-2 says 9"); }
        catch (Exception e) { Console.Error.WriteLine(e); }
        Console.Error.WriteLine("-- end\ngoing on");
    }
}
