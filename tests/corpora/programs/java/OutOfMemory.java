// corpus: uncaught
// run: java -Xmx16m -cp . {stem}
// event: java.lang.OutOfMemoryError: Java heap space
public final class OutOfMemory {
    public static void main(String[] args) {
        Marks.begin();
        long[] weights = new long[64 << 20];
        Marks.say("" + weights.length);
    }
}
