// corpus: chained
// event: java.lang.ExceptionInInitializerError
public final class Initializer {
    static final class Settings {
        static final int RATE = Integer.parseInt("fast");
    }

    public static void main(String[] args) {
        Marks.begin();
        Marks.say("" + Settings.RATE);
    }
}
