// corpus: nested
// event: System.AggregateException: One or more errors occurred.
using System;
using System.Threading.Tasks;

static class Aggregate
{
    static void Fail(int site) { throw new InvalidOperationException("site-" + site); }

    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        try { Task.WhenAll(Task.Run(() => Fail(1)), Task.Run(() => Fail(2))).Wait(); }
        catch (AggregateException e) { Console.Error.WriteLine(e); }
        Console.Error.WriteLine("-- end\ngoing on");
    }
}
