%% Owns: the OTP side of the benchmarks: casts, calls and starts of a gen_server that counts.
%% Does not own: which of them is measured; it reads one order per line ("cast N", "call N", "call_many N", "spawn N", "spawn_supervised N")
%% and prints figures.
-module(troupe_peer).
-export([main/0, init/1, handle_cast/2, handle_call/3, start_link/1]).

%% One module for both: a counter is started with a number, its supervisor with this word.
init(supervisor) ->
    Child = #{id => counter, start => {?MODULE, start_link, []}, restart => temporary},
    {ok, {#{strategy => simple_one_for_one}, [Child]}};
init(N) -> {ok, N}.

start_link(N) -> gen_server:start_link(?MODULE, N, []).

handle_cast({add, By}, N) -> {noreply, N + By}.

handle_call(get, _From, N) -> {reply, N, N}.

main() ->
    %% Reports of killed children would come between the figures.
    logger:set_primary_config(level, none),
    {ok, Counter} = gen_server:start(?MODULE, 0, []),
    serve(Counter).

serve(Counter) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            [Order, Count] = string:lexemes(string:trim(Line), " "),
            run(Order, list_to_integer(Count), Counter),
            serve(Counter)
    end.

run("cast", Count, Counter) ->
    Before = gen_server:call(Counter, get),
    Seconds = timed(fun() -> cast(Counter, Count), gen_server:call(Counter, get, infinity) end),
    Count = gen_server:call(Counter, get) - Before,
    io:format("perSecond ~f~n", [Count / Seconds]);
run("call", Count, Counter) ->
    Seconds = timed(fun() -> call(Counter, Count) end),
    io:format("perSecond ~f~n", [Count / Seconds]);
run("call_many", Count, Counter) ->
    Each = Count div 64,
    Seconds = timed(fun() ->
        Callers = [spawn_monitor(fun() -> call(Counter, Each) end) || _ <- lists:seq(1, 64)],
        [receive {'DOWN', Ref, process, Pid, _} -> ok end || {Pid, Ref} <- Callers]
    end),
    io:format("perSecond ~f~n", [Each * 64 / Seconds]);
run("spawn", Count, _Counter) ->
    spawned(Count, fun() -> {ok, Pid} = gen_server:start(?MODULE, 0, []), Pid end);
run("spawn_supervised", Count, _Counter) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, supervisor),
    unlink(Supervisor),
    spawned(Count, fun() -> {ok, Pid} = supervisor:start_child(Supervisor, [0]), Pid end),
    exit(Supervisor, kill).

%% In a process of its own, so that its heap does not grow from round to round.
spawned(Count, Start) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
        erlang:garbage_collect(),
        Before = erlang:memory(processes),
        Begun = erlang:monotonic_time(),
        Pids = start(Count, Start, []),
        Taken = erlang:monotonic_time() - Begun,
        %% The list of pids is 16 bytes for each of them; it belongs to the measuring, not to the processes.
        Bytes = (erlang:memory(processes) - Before) / Count - 16,
        Self ! {self(), Taken, Bytes},
        [exit(P, kill) || P <- Pids],
        gone(Pids)
    end),
    receive {Pid, Taken, Bytes} -> ok end,
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    Seconds = erlang:convert_time_unit(Taken, native, nanosecond) / 1.0e9,
    io:format("perSecond ~f bytes ~f~n", [Count / Seconds, Bytes]).

%% The next round may not pay for the ends of this one.
gone(Pids) -> [wait(P) || P <- Pids], ok.

wait(Pid) ->
    case is_process_alive(Pid) of
        true -> erlang:yield(), wait(Pid);
        false -> ok
    end.

timed(Run) ->
    Start = erlang:monotonic_time(),
    Run(),
    erlang:convert_time_unit(erlang:monotonic_time() - Start, native, nanosecond) / 1.0e9.

cast(_Counter, 0) -> ok;
cast(Counter, Left) -> gen_server:cast(Counter, {add, 1}), cast(Counter, Left - 1).

call(_Counter, 0) -> ok;
call(Counter, Left) -> gen_server:call(Counter, get), call(Counter, Left - 1).

start(0, _Start, Pids) -> Pids;
start(Left, Start, Pids) -> start(Left - 1, Start, [Start() | Pids]).
