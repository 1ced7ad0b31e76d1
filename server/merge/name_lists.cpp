#include "server/merge/name_lists.h"

namespace tally::server::name_lists {

const std::string_view families = R"(
aaron aron arron
abigail abby abbie abi abbey gail abigayle
adam ads
adrian ade
agnes aggie nessie
alan allan allen alun al
albert bert bertie al
alexander alex alec alick sandy xander sasha lex alexandre aleksander aleksandr alexandr alexandru alek olek sascha oleksandr
alexandra alex alexa lexi lexie sandra sandy sasha aleksandra alexandria ola oleksandra
alexis alexi
alfred alf alfie fred freddie
alice alys alyce alicja ala
alison allison alyson ally allie
amanda mandy manda
amelia amy millie emelia amelie
amy aimee ami amie
andrew andy drew andi andre
angela angie angel ange
anne ann anna annie anya nan nancy ana ania anka anne-marie ane
annabel annabelle anabel bella
anthony tony antony ant antonio toni
antonia toni antonina
arthur art artie artur
ashley ash ashleigh ashlee
austin austen
barbara barb babs barbie basia barbra
barnaby barney
barry baz bazza
beatrice bea trixie beatrix beatriz
benjamin ben benny benji beniamin
bernard bernie bern
bernadette bernie
bethany beth
brenda bren
brian bryan brien bri
bridget biddy bridie brigid brigit
bronwen bronwyn bron
bruce
caitlin kaitlin katelyn caitlyn kaitlyn cait
calum callum colum cal
cameron cam
carl karl carle
carol carole carrie caz
caroline carolyn carrie caro carolina karolina karoline
catherine katherine kathryn kate katie cathy kathy cath kath katharine cathryn kitty kat katy catharine caterina catrin katarina ecaterina katerina kathrin
cecilia cecily celia cecylia
charles charlie chas chuck chaz charley
charlotte charlie lottie char lotte
cheryl sheryl
chloe khloe
christian chris kristian cristian krystian
christine christina chris chrissie tina krystyna kristina cristina kristine chrissy christy krysia krystina
christopher chris kit christy topher kris cristopher christoper
claire clare clair klara clara
clifford cliff
clive
colin col
connor conor
constance connie
craig
cynthia cindy
daisy
daniel dan danny danni
danielle dani danni daniela daniella
darren darryn daz darran
david dave davey davy dai dawid
deborah debbie deb debra debby debs
dennis denis den denny
denise
derek derrick deric del
diana diane dianne di dian dianna
dominic dom dominik dominique
donald don donnie
donna
dorothy dot dottie dolly dorota dorothea
douglas doug dougie duggie
duncan
edward ed eddie ted ned teddy eduard edi
edwin ed eddie
edith edie
eileen aileen ilene
elaine elayne lainey
eleanor ellie nell nellie elinor nora eleanora lenore elli
elizabeth liz lizzie beth betty bess lisa libby eliza betsy elisabeth lizzy elspeth elzbieta ela elisabeta elsie lilibet
ella
ellen elin
emily em emmy emilia emilie
emma em emmie ema
eric erik erick
erin eryn
esther ester hester essie
eugene gene
evelyn evie eveline
faye fay
felicity fliss flick
fiona fi
florence flo florrie flossie
frances fran francesca frannie franny franciszka
francis frank fran franek franciszek francisc
frederick fred freddie freddy frederic fryderyk
gabriel gabe gab
gabrielle gabby gaby gabriela gabi gabriella
gareth gaz garth
gary garry gaz
gavin gav
geoffrey geoff jeff jeffrey jeffery
george georgie georg gigi geo
georgina georgia gina georgie georgiana
gerald gerry jerry gerard ged
geraldine gerry
gillian gill jill jillian
glenn glen
gordon gord
grace gracie
graham graeme grahame
gregory greg gregor grzegorz grzesiek grigore gregg
gwendoline gwen gwendolyn
hannah hanna hana hania hanka ganna
harold harry hal
harriet hattie harri harriett
harrison harry
hayley hailey haley hayleigh
hazel
heather
elena lenuta
helen helena nell helene helenka
henry harry hal hank henryk heniek henric
hilary hillary
howard howie
hugh huw hughie hugo
humphrey humphry
ian iain
imogen immy imogene
irene rene
isaac ike isaak izak
isabel isabelle isabella izzy bella ishbel izabela bel isobel isa iza izabella
ivan
ivy
jack jacko
jacob jake jakub kuba jacub jakob
jacqueline jackie jacqui jacquie jaqueline jacky
jade
jamie
james jim jimmy jamie jem jimmie
jane jayne janie janey
janet jan
janice jan janis
jasmine jas yasmin yasmine jazmin jazz jasmin yasmeen yasmina yasemin jesmin yesmin yeasmin
jason jay
jean jeannie
jeanette jeannette janette
jemima mima
jennifer jenny jen jenni jennie jenna
jeremy jerry jez jem
jeremiah jerry
jessica jess jessie
joan joanie
joanna jo joanne joann joana asia joasia
jodie jody jodi
john johnny jon jack johnnie jonny jhon
jonathan jon jonny jonathon johnathan jonty jonatan
jordan jord
joseph joe joey jo josef jozef iosif jos josip jozek
josephine jo josie jozefina
joshua josh
joyce
judith judy judi jude judyta
julian jules julek
julie jules juley
juliet juliette
julia jules giulia iulia yulia julka
justin
karen caren karin karyn
katrina trina catriona katriona
keith
kelly kelley kelli
kenneth ken kenny
kerry kerri kerrie
kevin kev
kieran ciaran kieron
kimberley kim kimberly
kirsty kirsten kirstie
kyle
laura lori laurie
lauren loren
laurence lawrence larry laurie lawrie lorenzo wawrzyniec
leah lea leia
leanne lianne leann
lee leigh
leonard len lenny leo leonardo
leslie les lesley
lewis louis lou lewie luis ludwik
liam
lilian lillian lily lil lilly liliana lilia
linda lynda lyn lin lindy
lindsay lindsey linsey
lorraine loraine
louise lou louisa luiza luisa
lucas
lucy lucie lucia lucja lu
luke
lydia lidia
lynn lynne lyn
madeleine maddie madeline madelaine maddy madalina
malcolm mal malc
marcus
margaret maggie meg peggy marge margie greta madge mags megs margot margery margarita margareta margret
maria mariya marija mariah marysia marika marya ria
marian marion
mariana marianna marianne maryanne maryann
marie
marjorie marje
mark marc
martha
martin marty martyn marcin
mary mae molly polly may mair
matthew matt matty mathew matthieu mat
maureen mo maur
maurice mo maury morris
maxwell max
maximilian max maximillian maksymilian
maxine
megan meg meghan meagan megs
melanie mel mellie
melissa mel missy lissa
melvin mel melvyn
michael mike mick mickey micky mikey mic micheal
michaela michela mikaela micaela
michelle shell michele chelle shelly
mildred millie
miriam mim mirjam
mohammed mohammad muhammad muhammed mohamed mohamad muhamed muhamad mohd md mohamud muhammud mehmet mahomed muhammet moh muhd mhd mohamett mohummad mo mohammod mahammad mohammud mohmmad
monica monika monique
morgan
naomi
natalie nat nathalie natalia nati talia natalya
natasha tasha nat
nathan nate nat nathaniel nathanial
neil neal niall niel
neville nev
nicholas nick nicky nic nicolas nico nickolas nikolas mikolaj nikolai nicolae nikolay micolaj nicu
nicola nicky nikki nic nicole nichola nicki nicolette
nigel nige
noel
norman norm
olive
oliver olly ollie oli
olivia liv livvy olivya oliwia
oscar oskar
owen owain
pamela pam pammy
patricia pat trish tricia patsy patti patty patrycja trisha
patrick pat paddy padraig patryk paddie patric
paul pauly
paula pauletta
pauline paulina
penelope penny pen
peter pete
philip phil phillip filip pip philippe fil
philippa pip pippa phillippa
phyllis phyl
polly
rachel rach rachael rachelle raquel
raymond ray
rebecca becky becca bec rebekah rebeka becki
reginald reg reggie
rhiannon rhian
rhys reece reese rees
richard rich dick rick ricky richie dickie ryszard rysiek rickie
robert bob bobby rob robbie bobbie roberto robi
roberta bobbie
robin robyn
roderick rod rory roddy
rodney rod
roger rodge rodger
roland rolly rowland
ronald ron ronnie
rosalind ros roz rosalyn
rosemary rose rosie romy
rose rosie rosa roza rosalie
rowena ro
roy
rupert
russell russ russel
ruth ruthie
ryan
sally sal
samantha sam sammy sammie
samuel sam sammy samuil
sandra sandie sandy
sarah sara sari saara sahra
scott scot
sean shaun shawn
sebastian seb bas seba
shane
sharon shaz sharron
sheila sheelagh shelagh
shirley shirl
sian
sidney sid sydney syd
simon si szymon simeon
simone
sonia sonya sonja
sophie sophia soph sofia zofia zosia sofie sophy
stacey stacy
stanley stan
stephanie steph stephany steff stefania stefanie
stephen steve steven stevie stephan ste steffan stefan stef
stewart stuart stu stew
susan sue susie suzie suzy zuzanna susanna suzanne suzanna susannah zuzia sus susana suzana
sylvia silvia sylwia silvija
tamara tammy tam tamsin
tara
teresa theresa terry tess tessa therese tereza terri
terence terry tel terrance terrence
theodore theo ted teddy teodor
thomas tom tommy thom thos
tiffany tiff
timothy tim timmy
tobias toby
tracey tracy traci tracie trace
trevor trev
tristan tris
tyler
ursula urszula ula
valerie val
vanessa ness nessa
veronica ronnie weronika veronika ronica
victor vic wiktor viktor
victoria vicky vicki vickie tori wiktoria viktoria vikki
vincent vince vinny vincenty vinnie
violet vi violeta wioletta
virginia ginny ginnie
vivian viv vivien vivienne
walter wally walt wal
warren
wayne
wendy wends
wilfred wilf wilfrid fred
william will bill billy willie wills willy bil wm
winifred winnie freda win
yvonne iwona von ivonne
yvette ivette
zachary zach zac zack zak zachariah
zoe zoey
agnieszka aga agusia
alina
andrzej andrzejek jedrek
aneta anetta
anita
bartosz bartek bartlomiej bart
beata beatka
boguslaw bogus
bogdan
boleslaw bolek
bozena bozenka
cezary czarek
czeslaw czesiek
damian damien
danuta danka danusia
dariusz darek
dorotka
edyta edytka
ewa eva ewka ieva
ewelina evelina
genowefa gienia
grazyna grazynka
halina halinka
hubert
irena irenka irina iryna
ireneusz irek
iwo
jacek
jadwiga jadzia
jan janek jasiek
janina janka
janusz
jaroslaw jarek yaroslav
jerzy jurek
joachim achim
jolanta jola iolanda
julita
kamil kamilek
kamila camilla camila
karol lolek
katarzyna kasia kaska katarzynka
kazimierz kazik
kinga
kornelia cornelia
krzysztof krzysiek krzys krzychu
leszek lech
lucyna
ludmila lyudmila
lukasz lukaszek
maciej maciek
magdalena magda magdalen lena madzia
malgorzata gosia malgosia
marek mareczek
marcela
mariusz
marlena
marta martusia
marzena
mateusz mati
michal michalek
mieczyslaw mietek
milena
miroslaw mirek
miroslava miroslawa mirka
nadia nadya nadiya nadzieja
nina
oksana oxana
olga olha
pawel pawelek
piotr piotrek
przemyslaw przemek przemo
radoslaw radek
rafal raphael rafael
renata renia
roman romek
ryszarda
slawomir slawek
stanislaw staszek stas stach stanislav
stanislawa stasia
tadeusz tadek
tomasz tomek
waldemar waldek
wanda
wieslaw wiesiek
wieslawa wiesia
wladyslaw wladek vladislav
wojciech wojtek
zbigniew zbyszek zbych
zdzislaw zdzisiek
zenon
zygmunt sigmund
alin
adina
andrei andrey
andreea andrea andreia
angelica
aurel
aurelia
bianca
calin
camelia
catalin
catalina
ciprian cip
claudia klaudia
claudiu
constantin costel costica kostya konstantin dinu
corina
cosmin
costin
cristi
dana
delia
doina
dorin
dorina
dragos
dumitru mitica dumitrache dmitri dmitry dimitri dmytro
emil
emanuel emmanuel manuel emanoil
florin florian
florentina florina
gheorghe ghita gheorghita
horatiu
ileana
ilie
ioan ion ionel ionut ionita nelu
ioana oana
ionela
iulian
iuliana juliana
laurentiu
larisa larissa
liviu
livia
loredana
lucian
luminita
marcel
marin
marina
marius
mihai mihail misu mikhail mykhailo
mihaela
mircea
mirela
nicoleta
octavian tavi
octavia
ovidiu
petru petre
petronela
raluca
ramona
razvan
radu
rodica
roxana ruxandra roxandra
sabina
sergiu sergei sergey serhiy sergio
silviu
simona
sorin
sorina
tudor
traian
valentin
valentina valya
valeriu valery valeriy
vasile vasyl vasily vasilica
viorel
viorica
virgil
vlad vladimir volodymyr vova
abbas abas
abdullah abdallah abdulla abdulah abdoullah
abdul abdel abd abdal abdur abdus abdoul
abid aabid
abubakar abubakr abu-bakr aboubacar
adeel adil aadil
adnan
afzal afzaal
ahmed ahmad ahmet ahamed ahmd ahmadh achmed amed
aisha ayesha aysha aishah aysa aysah ayisha aicha aaisha ayeesha ayshah
akbar akber
akram akrem
akhtar akter akther aktar aktor
alam alom
aleena
ali aly alee
alia aaliyah aliyah aliya alya
amin ameen amine
amina aminah ameena aamina
amir aamir ameer amer aamer emir
amira ameera amirah
amjad amjed
anam
anas anass
anis anees
anisa aneesa
anwar anwer anwaar anowar
anwara anowara
aqeel aqil akil
arfan irfan erfan
arif aarif areef
arshad
arslan arsalan
asad assad asaad
asghar
asif aasif asef
asim aasim aseem
aslam
asma asmaa asmah
atif aatif
ayaan ayan
ayub ayoub ayyub
azam azzam
azeem azim azeim
aziz azeez
aziza azizah
badr bader
babar baber
bashir basheer bachir
basit baset
bilal bilaal belal billal
bushra
daud dawood dawud dawoud daood
ehsan ihsan ihsaan
ahsan
eman iman emaan imaan
fahad fahd
fahim faheem
faisal faysal feisal faisel
faiz faiez
farah farrah
fareed farid farred
fareeda farida faridah
farhan farhaan
farhana
farooq faruk farouk faruq farook faroque
farzana ferzana
fatima fatimah fatema fathima faatimah fatma fatimata phatima
fazal fazl fadl
firoz feroz feroze firuz
ghulam gulam golam
habib habeeb
habiba habeeba
hadi
hafsa hafsah hafza
haider haidar hyder haydar heider hayder
hakim hakeem
halima haleema halimah halimo
hamid hameed
hamida hameeda
hamza hamzah hamsa
hanif haneef
haris haaris harith
haroon harun haroun
hasan hassan hasaan hasson
hasina haseena
hashim hashem hachem
hussain hussein husain hossain hussien hossein husayn hussaini hosen hussin houssein hossen husein hosain husen
ibrahim ebrahim ibraheem ibrahem
idris idrees idriss
iftikhar ifthikar
imad imaad
imran imraan emran
inayat
inam enam
iqbal ikbal eqbal
iqra
isa issa eesa
ishaq ishak isaq
ishfaq ashfaq
ismail ismaeel ismael esmail
jabir jaber
jafar jaffar jafer
jahangir jehangir
jalal jalaal
jamal jamaal gamal
jamil jameel jamel
jamila jameela jamilah
javed javaid jawed jawaid
jawad javad
junaid junayd junayed
kabir kabeer
kaiser qaiser
kaleem kalim
kamal kamaal
kamran kamraan
karim kareem
karima kareema
kashif kaashif
khadija khadijah khadeeja khadeja kadija
khaled khalid khaleed
khalil khaleel
khalida
khadim
khurram
laiba
latif lateef
latifa lateefa
layla leila laila leyla
liaqat liaquat
lubna
luqman lukman
madiha
maha
mahbub mahboob mahabub
mahdi mehdi
mahmood mahmud mahmoud mehmood mahmod
mahira
majid majeed maajid
malik malick
mansoor mansur mansour monsur
maqsood maqsud
marwa marwah
marwan
maryam mariam maryum meryem marium mariyam miryam
masood masud masoud
mehreen
mina
misbah
moin moeen muin
mona muna
mubarak
mubashir mubasher
mudassar mudasser
muneeb munib
munir muneer mounir monir
murad
musa moosa mousa mussa
musarrat
mushtaq mustaq
mustafa mustapha moustafa mostafa
nabeel nabil
nabeela nabila
nadeem nadim
naeem naim
naila
najma nadjma
nargis
naseem nasim
naseer nasir nasser naser
nasreen nasrin nasrine
nasira
naveed navid
nawaz
nazia nazea
nazir nazeer
nazma
nida
nilufar nilufer niloufar nilofar
nisar
noor nur nour
noreen nourin
nosheen
nura noora
nusrat
omar umar omer umer
osama usama
parveen parvin perveen
parvez pervez pervaiz parvaiz
qamar
qasim qaasim kasim kassim
rabia rabiah rabiya
rafiq rafique rafeeq
rahim raheem
rahima raheema
raja
rajab
ramadan ramzan ramadhan
rashid rasheed rachid
rashida rasheeda
raza reza
razia raziya
rehana rihana
rehan rayhan raihan
riaz riyaz riyad riyadh
rida
rizwan ridwan rizwaan
rizwana
robina rubina
rokeya ruqayyah rukaya rukayat ruqaya
rukhsana ruksana roksana
ruma
sabir saber
sabira
sabrina
sadaf
sadia saadia sadiya
sadiq sadik sadeq
saad sad
saeed said sayeed
saeeda saida
safia safiya safiyya sofiya safiyah
saima
sajid
sajida
sajjad
sakina sakeena
salah
saleem salim selim
saleh salih
saleha
salma selma
salman salmaan
samina sameena
samir sameer sameir
samira sameera
sana sanaa
sanjida
saqib saqeeb
sarfraz sarfaraz
shabana
shabbir shabir
shabnam
shafiq shafique shafeeq
shahbaz
shahid shaheed
shahida
shahin shaheen
shahnaz shehnaz
shahzad shehzad
shaista
shakeel shakil
shakila
shakir
shamim shameem
shamima shameema
shamsul shams
sharif shareef sherif
sharifa
sharmin sharmeen
shazia shazya
shehla
shoaib shuaib shoeb
siddique siddiqui siddiq siddiqi siddiquee siddik
sobia
sohail suhail sohel
sohaib suhaib suhayb
sufian sufyan sofiane
sulaiman suleman suleiman sulayman sulaman suleyman
sultan
sultana
sumaiya sumaya sumayya
sumera sumaira
suraya suraiya thuraya surayya
syed sayed sayyid saiyed seyed sayyed
taha
tabassum
tahir taahir
tahira
tahmina tehmina
talha
tamanna
tanvir tanveer
tanzila
tariq tarik tareq tarek taric
tasleem taslim
taslima tasleema
tasnim tasneem
tauseef tousif
tayyab taib
tayyaba
ubaid obaid
uddin udin uddeen eddine eddin deen
umair omair
umm ummu
usman uthman osman othman ousmane
wahid waheed
waleed walid
waqar vaqar
waqas
waseem wasim
yahya yahia yehia
yaqoob yakub yaqub yacoub
yaser yasir yassir
yasin yaseen yassin yassine
younis yunus younus yunis younes
yousaf yusuf yousef yousuf yusef youssef yousif yusof youssouf
zahid zaheed
zahida
zahir zaheer
zahra zahrah zehra
zainab zaynab zeinab zainub zeynep
zaki
zakia
zakir
zaman
zara zarah
zeeshan zishan
zia ziya
zubair zubayr
zuhra zohra zuhura
zulfiqar zulfikar
zulekha zuleikha
chowdhury choudhury chaudhry chaudhary chaudhuri chowdury choudhary chaudry chowdhuri chaudhri chudhury
miah mia miya mian miyah
begum begam begom
khatun khatoon
bibi beebi bebe
khanam khanum khanom
sheikh shaikh shaik sheik shekh cheikh shaykh
rahman rehman rahmaan rehmaan rahmann rohman
haque huq hoque haq huque hakk
islam islaam
sarkar sarker
mukherjee mukhopadhyay mukerjee mookerjee
banerjee bandyopadhyay bannerjee banerji
chatterjee chattopadhyay chatterji
bhattacharya bhattacharjee bhattacharyya
das dass dash
dutta datta dutt
qureshi quraishi kureshi quraishy qureishi
ansari ansary
mirza meerza
butt
bhatti
malek
jahan jehan
munshi monshi
mollah molla mulla mullah
talukder talukdar
mandal mondal mondol
biswas
akash aakash
amit
amrit
anil
anjali anjuli
anjum
arjun
arun
asha
ashok
deepa dipa
deepak dipak
dinesh
gaurav
geeta gita geetha
gopal
gurpreet gurprit
hardeep
harjit
harpreet
jaspreet
jasvinder jaswinder
kavita kavitha
kiran
kishan kishen
krishna krishnan
kuldeep
kulwinder kulvinder
lakshmi laxmi
mahesh
manjit
manoj
manpreet
meena
meera mira
mohan
mukesh
nalini
narendra
naresh
neha
nikhil
nisha
nita neeta
parminder
pooja puja
pradeep pradip
prakash
pramod
pranav
preeti priti preethi
priya preeya
raj
rajesh
rajinder rajendra
rajan
rakesh
ramesh
rani
ranjit
ravi
rekha
rina reena
rita
ritu
rohan
rohit
sandeep sandip
sangeeta sangita
sanjay
sanjeev sanjiv
santosh
satish
seema sima
shanti
sharmila
shilpa
shreya
sita seeta
sneha
sukhdev
sukhwinder sukhvinder
sunil suneel
sunita suneeta
suresh
surinder surendra
sushma
swati
usha
vandana
varun
vijay bijoy
vikram
vinod
vishal
yogesh
singh sing
kaur kour
patel
sharma sarma
varma verma
iyer aiyar
joshi
desai
thakur
sohrab
abdi
abdirahman abdurahman
hodan
hawa
fadumo faduma
ifrah
warsame
smith smyth smithe smythe
taylor tailor
clark clarke clerk
thompson thomson tomson thomsen
johnson jonson
johnston johnstone
brown browne broun
white whyte
green greene
reid reed read
davis davies davys
phillips philips philipps
matthews mathews
stephens stevens
stephenson stevenson
nicholson nicolson
macdonald mcdonald
mackenzie mckenzie
mackay mckay
mclean maclean mclaine
mcleod macleod
mcneil mcneill macneil
mcintyre macintyre
mccarthy macarthy mccarty
mcgregor macgregor
mclaughlin mcloughlin maclaughlin
obrien obrian obryan
oconnor oconner
oneill oneil oneal
osullivan
odonnell odonnel
oreilly
hughes hughs
lloyd loyd
elliott eliot elliot eliott
barnet barnett
bennett bennet
garrett garret
hewitt hewett hewit
jarvis jervis
marshall marshal
moore moor
parkinson
pearce pierce peirce
pearson pierson
sheppard shepherd shephard sheperd
sinclair
turner
walsh walshe welsh
ward warde
webb
wilkinson
woods
wright right
grey gray
harding
hartley
haworth howarth
ainsworth
entwistle entwhistle
kowalski kowalska kowalskie
nowak novak nowaczka
wisniewski wisniewska
wojcik
kowalczyk kowalczuk
kaminski kaminska
lewandowski lewandowska
zielinski zielinska
szymanski szymanska
wozniak
dabrowski dabrowska
kozlowski kozlowska
jankowski jankowska
mazur
wojciechowski wojciechowska
kwiatkowski kwiatkowska
krawczyk
kaczmarek
piotrowski piotrowska
grabowski grabowska
zajac
pawlowski pawlowska
michalski michalska
nowicki nowicka
adamczyk
dudek
wieczorek
jablonski jablonska
krol
majewski majewska
olszewski olszewska
jaworski jaworska
wrobel
malinowski malinowska
pawlak
witkowski witkowska
walczak
stepien
gorski gorska
rutkowski rutkowska
michalak
sikora
ostrowski ostrowska
baran
duda
szewczyk
tomaszewski tomaszewska
pietrzak
marciniak
wroblewski wroblewska
zalewski zalewska
jakubowski jakubowska
zawadzki zawadzka
sadowski sadowska
ionescu ionesco
popescu
popa
dumitrescu
stoica
georgescu gheorghescu
matei
ciobanu
rusu
munteanu
wang wong
li lee
zhang cheung chang
liu lau liew
chen chan tan
yang yeung yeong
huang hwang
zhao
wu ng
zhou chow chou
xu hsu tsui
sun
ma mah
zhu chu
hu
guo kwok kuo
he ho
lin lam
gao ko
luo law lo
zheng cheng
liang leung
xie tse hsieh
tang tong
song
deng
han
feng fung
cao tso tsao
peng pang
zeng tsang
xiao siu
tian
dong tung
pan poon
yuan yuen
cai choi tsai
jiang chiang
yu
du
ye yip yeh
cheng ching
wei ngai
lu loo lv lyu
ding ting
ren yam
shen sum shum
yao yiu
jin kam chin
fan
fang fong
shi shek
tan tam
liao
zou chau
xiong hung
bai pak
meng mang
qin
qiu yau
jia
xue sit
yan yim
kong
nguyen nguyan
tran
oluwaseun seun
olubunmi bunmi
chukwuemeka emeka
adebayo bayo
oluwafemi femi
oluwaseyi seyi
babatunde tunde
temitope temi tope
folashade sade
olawale wale
ayodele ayo dele
omolara lara
tatiana tatyana tetiana tetyana tania
enamul inamul
kulsum kulsoom kalsoom kulsom
fauzia fouzia fozia foziya fauziya fawzia
rasool rasul
kay kaye
kausar kauser kousar kouser kawsar
gulzar
ghaffar gaffar
qayyum quayum kayum
syeda sayeda sayyida
ghazala gazala gazalla
humayun humayoun
khurshid khurshed khursheed
jabeen jabin
ilinca
yevhen yevgen evgeny yevgeny evgeni
serhii
andriy andrii andrey
iryna
bhupinder bhupendra
kathleen kath kathy kay cath
alastair alistair alasdair allister alister
maksym maxim max
)";

const std::string_view singles = R"(
abebe abena abhi abhishek abraham abrar abul ada adamek adams addo adelaide adele adeola adeyemi adiba adila
aditi aditya adriana afia afreen afsana aftab ahad ahluwalia aida ajani ajay ajit ajmal akmal akond akosua
akshay alba alberto albu aldo alejandro alemu alfredo alisha aliza alka alma altaf alvaro alyssa ama amaka
amal amalia aman amar amara amber ambrose ameet amisha amna amol amos amrita anand ananya anastasia anatol
anatoliy anaya anderson andrews andromeda andrzejewski aneela anghel angus anika aniket anila anjana ankit
ankita annam annette anoushka antoine anton antonescu antoni anu anup anuradha anushka aparna apostol appiah
apurva aqsa arain aranka aravind archana archie areeba areej arham ariana arkadiusz arman arooj arpita arti
arturo arwa asante ashish ashraf ashraful ashwin asiya asiyah asmita athar atiqur atiya august augustyn
aurora ava avinash awan aya ayat ayaz ayman aymen azad azhar azra babita babul badrul baig bailey bak baker
balan balbir baljit baloch balogun balvinder balwinder banas banks barakat barbu barbulescu barker barlow
barnes barot bartholomew basma batool batt bawa baxter beenish bekele bell benazir benedykt bepari berhane
bernadeta berry beverley bhagat bhavesh bhavin bhavna bhuiyan bhutto bhuyan bielecki bimal bina biniam
bipasha birch bishop bismah black blackburn blake blaszczyk blazej boateng bokhari booth boris borkowski
borys bowen boyle bradford bradley brandon bratu bray brennan brett brianna bright brody brooke brookes
brooks brygida bryony brzezinski buckley bucur bukhari bulbul bull bullock burke burns burton bush butler
byrne byron cain caleb campbell cara carina carla carlo carlos carly carmen carr carter cartwright casey
cassandra cassie cecil cedric celeste celina chadwick chambers chandio chandra chapman charan charlton
chauhan chelsea chetan chidi chinedu chioma chipo chitra chmielewski chohan christie cieslak clayton clegg
clement clough cody cojocaru cole coleman collins connolly constantinescu conway cook cooper cora corey
cornelius costea courtney cox crawford cretu cristea croitoru crompton cross crossley crystal cunningham
curtis cyril czajka czarnecki czerwinski dale dalia daljit dalton damon dania daniels danish dar darcy daria
darius darshan darwish davidson davison dawit dawn dawson day dean debashish declan delilah delwar demi
denisa desmond devendra devi dexter dhaliwal dhillon dhruv diaconu dickson dilara dilawar dilip dilruba dina
dipali dipika divya dixon dobre dobromir dobrowolski dobson doherty domanski domenico dominika donnelly dora
doris doru doyle dragan dragomir drake duaa duffy dunn duxbury dylan eastwood eccles eden edgar edmund
edmunds edwards egan ehtesham elham elias elijah elise ellis elsa elton elvira elvis emerson emilian enache
ene enid erica ernest errol erum erwin eryk ethan ethel eugen eugenia eugeniusz evans ewan ewen eyob eze
fabian fadi fairhurst fakhar fakir farai faraj faria fariha farkhanda farmer farrell farwa fatou fawad fazlul
felicja felix fen ferdinand ferenc ferguson fernanda fernando ferran field fielding fikru filipek filippo
finch finlay finley finn fion firoza fisher fitzgerald fitzpatrick fiza flanagan fleming fletcher flora
florea flynn folake ford forrest forster foster fowler fox francisco franklin fraser freeman freya frost
fuller funmi gajewski gallagher gandhi ganesh gardner garfield garg gargi garner gavril gavrila gazi gemma
genevieve ghada ghanem ghosh gibbs gibson gilbert giles giovanna giovanni gloria glover glowacki goddard
gohil goodwin gorecki gornall gould govind grant greenhalgh greenwood grewal griffin griffiths grigorescu
grimshaw gul gulab gulnaz gulshan gunn gupta gurdeep gurjit gus gustaw guy gwyn gwyneth haala habibur haddad
hafeez hafiz haigh haile hajra halabi haleem halim hall halliwell hamilton hanan hancock haniya hao hardik
hardy hargreaves hari hariri harish harley harper harris hart harvey harwood haseeb hashmi hasnain hassaan
hawkins hawlader hayat hayes haynes heaton heba hector heidi hemant henderson herbert hetal hetty hiba hibah
hicks higgins hijazi hilda hill hilton hina hindle hira hitesh hiwot hobbs hodges hodgson hogan holden
holland hollie holly holmes holt hooper hooria hope hopkins horia horton hosneara howe howell howlader hoyle
huda hudson hulme huma humaira humphreys hundal hunt hunter hurst hutchinson iancu ida ifeoma iga ignacy igor
ijaz ikenna ilies iliescu ilona ilyas imtiaz indira ines ingham ingrid insha intisar ioannis iona ionica iris
irma irum isha ishaan ishani ishita ishrat isidora isla ivor iwan izhar jackson jacobs jaden jaffery jagdeep
jagdish jagjit jagoda jahanara jahid jain jana janaki jannah jannat jared jasbir jasim jasinski jasmeet
jasper jatin jatoi javeria javeriya jaya jayesh jayshree jenkins jennings jenson jha jignesh jihad jilly joao
jocelyn joel joelle johal jolly jonah jones jorge jose josna joss juanita juliusz june juno justina justyna
juwairiyah jyoti kaczor kainat kaja kajal kajetan kalina kalinowski kalpana kamala kamau kamla kamrul kanaan
kane kania kanta kanwal kapil kapoor kara karam karan karishma karpinski kartik kaspar kasprzak katalin kaya
kayla kazi kearney keeley keeling keira kemi kemp kendra kennedy kent kenyon kerr kershaw kerstin keshav
ketan khairul khalaf khaleda khalsa khan khandaker khansa khatri khaula khizar khokhar khondaker khoury
khushi kian kidane king kira kirby kirk kirti klemens kleopatra klimek knight kofi kolodziej komal konieczny
konrad kopec kosinski kowal kozak kozlow krajewski krakowiak krupa kubiak kucharski kujawa kunal kurek
kurowski kurt kushal kwame kwesi lalita lally lambert lamia lana lancaster lance lane laskar laskowski laszlo
lata lavinia lawson lazar leach leela leena lees leokadia leon leona leonid leopold leroy lesia lester
leticia lever lewin lila liliane lilla lipi lipinski lis little livesey lockwood lodhi logan lokesh lola
lomax long lord lorna lovely lowe luca lucille ludovic luigi luiz lukasik lungu lupu lutfur lyla lynch lyra
maalouf maaz mabel maciejewski maddox madeeha madej madhav madhu madhuri mahal maheen mahfuz mahfuza mahmoodi
mahmuda mahnoor mahreen mahwish maimuna maisie maja majumder makowski maksuda malaika maleeha malika malini
maliszewski malwina mamta mamun manahil manish manisha manjula mann manning manole mansouri manuela marcelina
marcia marco margherita margo marinescu mario marko markowski marla marlon maroof marsh martyna marvin maryla
marzec marzia mashal mason masri masuma mather matilda matubbar matusiak matyas maud mauro maurycy mavis maya
mayur mazumder mazurek mcbride mccabe mccann mccormick mcculloch mcdermott mcgee mcgrath mcguire mcmahon
mcmanus mcmillan meadows meenakshi megha mehak mehta mehwish melania mellor melody memon mensah mercer mercy
meron metcalfe middleton miguel mihailescu mihalache mihalcea mihnea mikael mikolajczyk mila milan miles
milewski militaru miller millicent mills milo minnie mirabela mistry mitali mitchell mitesh mizan mizanur
moazzam mocanu modi mofiz mohini mohsen mohsin moldovan momena moni monira moody mooney moran moraru morjina
morrison morton moss motiur moyo mridha mroz mubeen mughal muhsin mukta mullen mulligan mulu mungo munira
munni muntaha muqadas muresan muriel murphy murray mursal mustafizur muszynski muzammil mwangi myers myra
nadezhda nadine nafeesa nafisa naghma nahar nahid nahida naidu nair najjar nandini naqvi narcisa narcyz
nargiz nash nashwa nasima nasra nasrallah nassar natan nausheen navdeep navjot nawab nawal nayab nazim nazli
nazmul nazrul ncube ndlovu neagu neculai nedelcu neelam neeraj negrea negru nela nelson nestor newman newton
ngozi nia niamh niaz niazi niemiec nigar nighat nihal nikola nilesh nimra nipa nirmal nirmala nishant nistor
nistorescu nitin nizam nkechi nnamdi noah noble nola nolan norma norris norton nowakowski nuha nurul nusaiba
nuttall nwosu oakley obaidul obi odette ogden okafor okeke okonkwo oldham oleg oleh olejnik olena olimpia
olivier olu omaima openshaw ophelia oprea orla orlando orlowski ormerod osborne osei otis otylia owusu
oyelaran padma page paige pajak palmer pandey pandya pankaj paolina paolo papia paraschiv parekh parisa
parker parmar parry parsons parul parvati pascal patrizia patterson pavel payne peacock pearl pedro percy
perry petcu petr petra petrescu phoebe piasecki piatek pickering pickup piers pietrzyk pilkington pillai
pilling pinky pintea piper platt pola polash pollard poly poole poonam pop pope porter potter powell prabha
prachi pramanik prasad prashant pratik pratt preda prem preston price primrose pritchard proctor prodhan
przybyla przybylski ptak purnima qadir qadri qais qasimi quentin quinn rabab rabiul rachna radha radhika
radulescu raees rafi rafia rafiqul raghav rahal rahat raheela rahul rais raisa rajani rajeev rajni raju ralph
rama ramla ramsay ramsha ramya rana randall rania ranjan ranjana ranya rao raphaela rares rasel rasha rashad
rashidi rashmi ratan ratcliffe rathod rawlinson rayner reddy reem rehmat renu reuben reynolds rhea rhoda
rhodes rhona rice richa richards richardson ridhi rifat rigby rihab riley rimmer ripa ripon rishi ritesh
rizvi roach robertas roberts robinson rodrigo rogalski rogers rogowski roisin rokon romanowski romeo ronan
rosanna rosca roscoe roshan roshni rosinski roslyn ross rotaru rothwell rowe rowley roxanne rozalia rozanski
ruby rudd rudo rufus ruhul rukhsar rumana rumi runa rupa rupal rupinder ruslan rutvik rybak saba sabah
sabbagh sabeen sabri sabuj sachin sadaqat sadhana sadie sadika safa safdar saffron safwan sagar sagor saha
sahana sahar sahera sahib sahil saidi saif saiful saira sakib salahuddin salam salameh salauddin salehin
salisbury salwa samad saman samar sami samia samiya samson sanda sanders sandhu sandu sardar sarita sarmad
saroj sarwar saskia sathi satnam sattar satwinder saunders saurabh sava savage savannah savin savita sawicki
scarlett schofield sebastiana seddon segun seher selam selina sen serban serena sergiusz seth sethi severin
shadab shadi shafaq shafi shagufta shah shahadat shahana shahanara shahed shahjahan shaima shaiq shakira
shalini shami shamsa shamsi shanaz shannon shanta shapla sharjeel sharp sharples shashi shathi shauna shaw
shayan shayma sheetal shefali sheikhul shelley sheraz sheuli shields shikder shila shimu shipon shireen
shirin shirina shital shiuli shiv shivani shobha shohag shopna short shruti shubham shukla shumaila shuvo
shweta sibanda sidhu sienkiewicz sienna sikder simion simmonds simmons simms simpson simran singleton siobhan
siraj skiba skinner skowronski skrzypczak sky skye skyla slater slavko smita snow sobczak sobolewski sofian
soha sohal sohana sohi sokolowski sola solanki sonal sonali soni sonny sood sosnowski southworth spencer
stachowiak stanciu stanescu stankiewicz stasiak steele stefanescu stefaniak stela stella stirling stoian
stokes stone storey stott stubbs subhan subhash suciu sudha sudhir sujata sujon suki sultani suma suman
sumbul sumi sumit summer sumon sunny supriya surya sushil sushila sutcliffe sutherland sutton svetlana swapna
swift sykes szczepaniak szczepanski szczesny szulc szymczak tabish tabitha tahan tahani tahseen taimur tait
taj tallal tamimi tanase tanjina tanvi tanya tanzeela taqi tarannum taras tarun taryn tasmia tatenda
tattersall taufiq tayyib tejal tekle tendai teodora teofil tesfaye thanina thapa thea thelma thornton thorpe
threlfall tiberiu tigist tilda timur tinashe titus tiwari tkaczyk toader todd tolu toma tomas tomczak
tomlinson touhid townsend travis trinity trivedi trojanowski troy trupti tucker tudose tuhin tully turnbull
turton tymoteusz uche uday uma umaima umaiza umesh una underwood ungureanu unsworth uppal urban urbaniak
urbanski urmila urooj urvashi ushna uzair uzma vadim vaduva vaishali valentine valeria varsha vasant
vasilescu vaughan vaughn veena velma vera verity vernon veronique vesna victorita vikas vimal vinay vineet
vinita violetta vipul viraj vishnu vita vitaliy vivek voicu vyas vytautas waclaw wade wafa wahida wainwright
wajid wajiha walker wallace wallis walmsley walters walton warburton wareing warraich wasif wasik wasilewski
watkins watson watts wawrzyniak weaver webster wegrzyn wells wen wera wesley west weston whalley wheeler
whitaker whitehead whittaker whittle widad wiera wignall wilcox wilczek wilde wilhelm wilk wilkins willa
williams williamson willis wilma wilson winiarski winstanley winter wlodarczyk wolfe wolski wolstenholme wood
woodhouse woodward worthington wren wrona xavier xena yadav yamin yamina yara yaroslava yash yates yaw
yetunde yohannes yolanda yonas young yumna yuri yusra zadie zafar zafir zahura zaidan zaidi zain zainul
zakaria zamfir zaneta zannat zaremba zawada zayn zeba zeenat zelda zena ziad zieba ziemowit ziggy zinat zita
zofka zoubi zoya zubaida zubeda zulfa zunaira zuzana zych
)";

const std::string_view links = R"(
helen elena olena
andrew andrzej andrei
anthony antoni anton
catherine katarzyna katalin
christopher krzysztof
eugene eugeniusz eugen
francis francisco
george jerzy gheorghe jorge
ian ioan jan john joao yohannes giovanni
jacob james
joan joanna ioana jana
john ioan jan
joseph jose yousaf
julian iulian
justina justyna
lucas lukasz luke luca
luke lukasz luca
margaret malgorzata
mark marek marco
mary maria marie maryam
maria marie
matthew mateusz matei
michael michal mihai mikael miguel
michaela mihaela
paul pawel pavel paolo
peter piotr petru pedro petr
stanley stanislaw
thomas tomasz toma tomas
wladyslaw vlad
magdalena madeleine
aleena alina
abraham ibrahim
david daud
susan zuzana
jacob yaqoob
mark marcus
zara zahra
)";

const std::string_view chinese_surnames = R"(
bai cai cao chan chang chen cheng cheung chiu choi chow deng ding dong du duan fan fang feng fung gao ge gong
gu guo han hao he ho hou hu huang jia jiang jin kang kong kwok lai lam lau lee lei leung li liang liao lin
liu lo long lu luo lv ma mao mei meng mo ng niu ouyang pan peng poon qian qin qiu ren shangguan shao shen shi
situ siu song su sun tan tang tian tsang tse wan wang wei wen wong wu xia xiao xie xiong xu xue yan yang yao
ye yeung yin yip yu yuan yuen zeng zhang zhao zheng zhong zhou zhu zhuge zou
)";

const std::string_view chinese_given = R"(
bin bing bo chao chun fei gang guang guilan guiying guohua guoqiang hai haoran haoyu hong hua huan hui jiahui
jiaming jian jianguo jianhua jianjun jiaqi jiayi jie jing jingjing juan jun kai lan lei lihua lijuan liming
lina liping mei meihua meiling min ming minghui mingming na ning ping qiang qing qingqing rui ruoxi shan shu
shufen siyu tao tianyu tingting weiming weiwei wenjie wenjing wenwen xia xiang xiaodong xiaofeng xiaohong
xiaohua xiaojun xiaolan xiaoli xiaoling xiaomei xiaomin xiaoming xiaoping xiaoyan xiaoyu xin xinyi xiu
xiuying yaning yanling yanyan yating yi yifan ying yingying yixuan yong yuhan yumei yuting yutong yuxuan zhen
zhi zhihao zhiming zhiqiang zihan zihao zixuan
)";

const std::string_view forms_of_address = R"(
adv advocate alhaj alhaji apa barrister bhai born bsc canon capt captain cbe cllr col colonel councillor dame
dhr dl dna dnul doamna doctor domnul dr eng engr esq father fr frau haji hajja hajji herr hon imam inz janab
lady lord madam madame master maulana mbe mgr miss mister mme molvi monsieur mosa mosammat most mr mrs ms msc
mst mufti musammat mx nee obe pani panna pastor pc phd prof professor rabbi rev revd reverend rn senor senora
sergeant sgt shri sir sister smt sri ustad ustadh
)";

const std::string_view joining_words = R"(
ad al and ar as bin bint binte da de del della den der do dos el ibn ibnu la le of st ten ter the ud ul ur us
uz van von wa y
)";

} // namespace tally::server::name_lists
