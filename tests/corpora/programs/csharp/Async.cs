// corpus: async
// event: System.InvalidOperationException: in a task
using System;
using System.Threading.Tasks;

static class Async
{
    static async Task Step()
    {
        await Task.Yield();
        throw new InvalidOperationException("in a task");
    }

    static async Task Round() { await Step(); }

    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        try { Round().GetAwaiter().GetResult(); }
        catch (InvalidOperationException e) { Console.Error.WriteLine(e); }
        Console.Error.WriteLine("-- end\ngoing on");
    }
}
