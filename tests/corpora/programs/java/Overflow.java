// corpus: recursion
// run: java -XX:MaxJavaStackTraceDepth=40 -cp . {stem}
// event: java.lang.StackOverflowError
public final class Overflow {
    static int down(int n) {
        return down(n + 1) + 1;
    }

    public static void main(String[] args) {
        Marks.begin();
        down(0);
    }
}
