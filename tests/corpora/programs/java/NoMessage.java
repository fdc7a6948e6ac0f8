// corpus: uncaught
// event: java.lang.NullPointerException
public final class NoMessage {
    public static void main(String[] args) {
        Marks.begin();
        throw new NullPointerException();
    }
}
