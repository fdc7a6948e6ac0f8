// corpus: nested calls, generics, lambdas
// event: System.Collections.Generic.KeyNotFoundException
using System;
using System.Collections.Generic;

static class Generic
{
    sealed class Box<T>
    {
        readonly Dictionary<string, T> values = new Dictionary<string, T>();
        public T Get(string name) { return values[name]; }
    }

    static void Main()
    {
        Console.Error.WriteLine("-- begin");
        try { new List<string> { "lr" }.ForEach(name => new Box<int>().Get(name)); }
        catch (KeyNotFoundException e) { Console.Error.WriteLine(e); }
        Console.Error.WriteLine("-- end\ngoing on");
    }
}
