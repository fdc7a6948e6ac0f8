// corpus: chained
// event: java.lang.RuntimeException: a
public final class Circular {
    public static void main(String[] args) {
        RuntimeException a = new RuntimeException("a");
        RuntimeException b = new RuntimeException("b", a);
        a.initCause(b);
        Marks.begin();
        a.printStackTrace();
        Marks.end();
        Marks.say("going on");
    }
}
