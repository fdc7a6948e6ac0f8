// corpus: message of several lines
// event: java.lang.RuntimeException: two sites disagree
public final class Multiline {
    public static void main(String[] args) {
        Marks.begin();
        new RuntimeException("two sites disagree\nsite-1 says 7\n\nsite-2 says 9").printStackTrace();
        Marks.end();
        Marks.say("going on");
    }
}
