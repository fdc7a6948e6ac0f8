// corpus: thread
// event: System.NullReferenceException: Object reference not set to an instance of an object
using System;
using System.Threading;

static class Threads
{
    static void Work() { string name = null; Console.WriteLine(name.Length); }

    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        var thread = new Thread(Work);
        thread.Start();
        thread.Join();
    }
}
