// corpus: uncaught
// event: IllegalStateException: no weights
public final class Plain {
    static void check(int rate) {
        if (rate < 0) {
            throw new IllegalStateException("no weights");
        }
    }

    public static void main(String[] args) {
        Marks.say("round 1");
        Marks.begin();
        check(-1);
    }
}
