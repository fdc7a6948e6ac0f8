/** Shared by the programs: the lines that tell make.py where an event begins and ends. */
final class Marks {
    private Marks() {}

    static void say(String text) {
        System.out.flush();
        System.err.println(text);
        System.err.flush();
    }

    static void begin() {
        say("-- begin");
    }

    static void end() {
        say("-- end");
    }
}
